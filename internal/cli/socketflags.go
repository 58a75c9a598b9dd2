package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/units"
)

// socketFlags are the options of connections, by iperf3's letters.
type socketFlags struct {
	window     units.Size
	mss        int
	congestion string
	tos        string
	bind       []string
	four, six  bool
	zeroCopy   bool
	skipRxCopy bool
}

func (s *socketFlags) add(fl *pflag.FlagSet) {
	fl.VarP(&s.window, "window", "w", "socket buffers of either direction (default: the system's, which grow)")
	fl.Lookup("window").DefValue = ""
	fl.IntVarP(&s.mss, "set-mss", "M", 0, "greatest TCP segment in bytes (default: the path's)")
	fl.StringVarP(&s.congestion, "congestion", "C", "", "congestion control, as cubic or bbr (default: the system's)")
	fl.StringVarP(&s.tos, "tos", "S", "", "IP type of service: 0 to 255, 0x and 0 as in C, or a DSCP: ef, af11..af43, cs0..cs7")
	fl.StringSliceVarP(&s.bind, "bind", "B", nil, "source addresses or interfaces, in turn: each address has its own 64k ports")
	fl.BoolVarP(&s.four, "version4", "4", false, "IPv4 only")
	fl.BoolVarP(&s.six, "version6", "6", false, "IPv6 only")
	fl.BoolVarP(&s.zeroCopy, "zerocopy", "Z", false, "push --framing raw from a file in memory, without copying (sendfile)")
	fl.BoolVar(&s.skipRxCopy, "skip-rx-copy", false, "pull --framing raw without copying what arrives (MSG_TRUNC); not with --verify full")
}

func (s *socketFlags) options() (client.Socket, error) {
	o := client.Socket{Window: int(min(int64(s.window), math.MaxInt)), MSS: s.mss, Congestion: s.congestion, Bind: s.bind, ZeroCopy: s.zeroCopy, SkipRxCopy: s.skipRxCopy}
	var err error
	o.ToS, err = parseToS(s.tos)
	return o, err
}

// family narrows a network down to one version of IP.
func (s *socketFlags) family(network string) (string, error) {
	version := "4"
	if s.six {
		version = "6"
	}
	kind := strings.TrimRight(cmp.Or(network, "tcp"), "46")
	switch {
	case s.four && s.six:
		return "", errors.New("-4 and -6: give one of the two")
	case !s.four && !s.six || network == kind+version:
		return network, nil
	case kind != "tcp" && kind != "udp" || network != "" && network != kind:
		return "", fmt.Errorf("-4, -6: %s has no such versions", network)
	}
	return kind + version, nil
}

// parseToS reads a number, or the name of a DSCP (RFC 2474, 2597, 3246), which
// is the upper six bits.
func parseToS(text string) (int, error) {
	name := strings.ToLower(text)
	dscp := -1
	switch {
	case text == "":
		return 0, nil
	case name == "ef":
		dscp = 46
	case len(name) == 3 && name[:2] == "cs" && name[2] >= '0' && name[2] <= '7':
		dscp = 8 * int(name[2]-'0')
	case len(name) == 4 && name[:2] == "af" && name[2] >= '1' && name[2] <= '4' && name[3] >= '1' && name[3] <= '3':
		dscp = 8*int(name[2]-'0') + 2*int(name[3]-'0')
	}
	if dscp >= 0 {
		return dscp << 2, nil
	}
	n, err := strconv.ParseUint(name, 0, 8)
	if err != nil {
		return 0, fmt.Errorf("-S %.32q: want 0 to 255, 0x and 0 as in C, or ef, af11..af43, cs0..cs7", text)
	}
	return int(n), nil
}
