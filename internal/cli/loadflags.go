package cli

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/units"
)

// loadFlags are the flags of load.
type loadFlags struct {
	conns    int
	duration units.Duration
	bytes    units.Size
	messages units.Count
	size     units.Size
	depth    int
	interval units.Duration
	framing  string
	handler  string
	plain    bool
	verify   string
	seed     uint64
	timeout  units.Duration
	json     bool
}

func newLoad(e *env) *cobra.Command {
	f := loadFlags{interval: units.Duration(time.Second), timeout: units.Duration(10 * time.Second)}
	cmd := &cobra.Command{
		Use:   "load WORKLOAD [ADDR]",
		Short: "Run a workload against a server and tell what came of it",
		Long: `Run a workload against the server at ADDR (host:port), or against one that is
started in this process, on loopback, when no ADDR is given.

    pull   the server generates a file and sends it: bulk down
    echo   request-reply: the same bytes come back
    ack    request-reply: a receipt with length and CRC-32C comes back

A run ends at the first of its bounds: -t, -n or -k; without any, after 10 s.
Every byte that comes back is verified unless --verify says otherwise.`,
		Example: `  loadframe load pull -n 4GiB
  loadframe load pull 127.0.0.1:8120 --framing raw -t 5 -P 2
  loadframe load echo 127.0.0.1:8120 -P 50 -d 8 -l 64 -t 10
  loadframe load ack -k 100k -J`,
		Args:      workloadAndAddr,
		ValidArgs: client.Workloads(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notZero(cmd, "time", "bytes", "messages", "length", "timeout"); err != nil {
				return err
			}
			return load(cmd.Context(), e, &f, args)
		},
	}
	fl := cmd.Flags()
	fl.IntVarP(&f.conns, "parallel", "P", 1, "connections")
	fl.VarP(&f.duration, "time", "t", "end after this time; a bare number is seconds")
	fl.Lookup("time").DefValue = "" // not "0s": no bound is the default
	fl.VarP(&f.bytes, "bytes", "n", "end after so many payload bytes, all connections together")
	fl.VarP(&f.messages, "messages", "k", "end after so many messages (pull: frames), all connections together")
	fl.VarP(&f.size, "length", "l", "payload of a message; of a frame for pull, of a read where there are no frames (default: 64; pull 256KiB, raw 1MiB)")
	fl.IntVarP(&f.depth, "depth", "d", 1, "requests in flight on a connection (echo, ack)")
	fl.VarP(&f.interval, "interval", "i", "between interval lines; 0: none")
	fl.StringVar(&f.framing, "framing", "u32", "of the messages: "+strings.Join(codec.Names(), ", ")+", with name:key=value,...")
	fl.StringVar(&f.handler, "handler", "", "what the server does with them (default: the workload's own)")
	fl.BoolVar(&f.plain, "plain", false, "send no preface: the server speaks --framing from the first byte")
	fl.StringVar(&f.verify, "verify", string(client.VerifyFull), "what is checked: full (every byte), length or none")
	fl.Uint64Var(&f.seed, "seed", 0, "of the content; connection i has seed+i")
	fl.Var(&f.timeout, "timeout", "for connecting, and for a connection that makes no progress")
	fl.BoolVarP(&f.json, "json", "J", false, "print the result as JSON on standard output, and nothing else there")
	return cmd
}

// config turns the flags into what the client takes.
func (f *loadFlags) config(args []string) (client.Config, error) {
	c := client.Config{
		Workload: args[0],
		Framing:  f.framing,
		Handler:  f.handler,
		Plain:    f.plain,
		Conns:    f.conns,
		Duration: time.Duration(f.duration),
		Bytes:    int64(f.bytes),
		Messages: int64(f.messages),
		Size:     int(f.size),
		Depth:    f.depth,
		Verify:   client.Verify(f.verify),
		Seed:     f.seed,
		Timeout:  time.Duration(f.timeout),
		Interval: time.Duration(f.interval),
	}
	if f.conns < 1 {
		return c, fmt.Errorf("-P %d: want 1 or more connections", f.conns)
	}
	if f.depth < 1 {
		return c, fmt.Errorf("-d %d: want 1 or more requests in flight", f.depth)
	}
	var err error
	if len(args) > 1 {
		if c.Network, c.Addr, err = splitAddr(args[1]); err != nil {
			return c, err
		}
	}
	c, _, err = c.Resolve()
	return c, err
}

// workloadAndAddr is the check of load's arguments.
func workloadAndAddr(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("load: which workload? One of %s", strings.Join(client.Workloads(), ", "))
	case len(args) > 2:
		return fmt.Errorf("load: want WORKLOAD [ADDR], got %d arguments: %q", len(args), args)
	}
	return nil
}

// notZero refuses a zero that was typed: where no flag means "no bound" or "the
// default", a zero would silently mean the same.
func notZero(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f.Changed && strings.Trim(f.Value.String(), "0sB") == "" {
			return fmt.Errorf("--%s 0: want more than 0", f.Name)
		}
	}
	return nil
}

// splitAddr reads host:port and tcp://host:port.
func splitAddr(s string) (network, addr string, err error) {
	network, addr, ok := strings.Cut(s, "://")
	if !ok {
		network, addr = "tcp", s
	}
	switch network {
	case "tcp", "tcp4", "tcp6":
	default:
		return "", "", fmt.Errorf("address %q: transport %q is not spoken here, only tcp, tcp4, tcp6", s, network)
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return "", "", fmt.Errorf("address %q: want host:port", s)
	}
	return network, addr, nil
}
