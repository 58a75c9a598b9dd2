package cli

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// config turns the flags into what the client takes.
func (f *loadFlags) config(args []string) (client.Config, error) {
	c := client.Config{
		Workload: args[0],
		Handler:  f.handler,
		Plain:    f.plain,
		Conns:    f.conns,
		Duration: time.Duration(f.duration),
		Bytes:    int64(f.bytes),
		Messages: int64(f.messages),
		Size:     f.size.bytes,
		Sizes:    f.size.spec,
		Payload:  f.payload,
		Depth:    f.depth,
		Batch:    f.batch,
		Omit:     time.Duration(f.omit),
		Nagle:    !f.nodelay,
		Verify:   client.Verify(f.verify),
		Seed:     f.seed,
		Timeout:  time.Duration(f.timeout),
		Interval: time.Duration(f.interval),

		LostAfter:   time.Duration(f.lost),
		ServerStats: true,
	}
	if f.conns < 1 {
		return c, fmt.Errorf("-P %d: want 1 or more connections", f.conns)
	}
	if f.depth < 0 {
		return c, fmt.Errorf("-d %d: want 1 or more requests in flight", max(f.depth, 0))
	}
	var err error
	if c.Socket, err = f.socket.options(); err != nil {
		return c, err
	}
	if err = f.peer(&c, args[1:]); err != nil {
		return c, err
	}
	if t := transport(c.Network); f.delayed && t != "tcp" {
		return c, fmt.Errorf("-N, --nodelay: it is TCP that has it, not %s", t)
	}
	if c.Arrival, err = f.schedule(c); err != nil {
		return c, err
	}
	if err = f.split(&c); err != nil {
		return c, err
	}
	if f.pathRate > 0 {
		if err := ratioTold(c); err != nil {
			return c, err
		}
	}
	if c, _, err = c.Resolve(); err == nil && report.ShapeOf(c.Workload) == report.Bulk && c.Workload != client.Idle && f.hlog+f.hgrm != "" {
		err = fmt.Errorf("--hlog, --hgrm: a %s has no latency to write", c.Workload)
	}
	return c, err
}

// ratioTold refuses a path's bandwidth where it would say nothing.
func ratioTold(c client.Config) error {
	switch {
	case c.Workload != client.Pull && c.Workload != client.Push || transport(c.Network) != "tcp":
		return fmt.Errorf("--path-rate: a pull or a push over tcp has a transfer time ratio, not %s over %s", c.Workload, transport(c.Network))
	case runtime.GOOS != "linux":
		return fmt.Errorf("--path-rate: %s does not tell the MSS and the path's MTU", runtime.GOOS)
	}
	return nil
}

// peer fills in where to, and how.
func (f *loadFlags) peer(c *client.Config, args []string) (err error) {
	for _, addr := range args {
		if c.Network, c.Addr, err = splitAddr(addr); err != nil {
			return err
		}
		if f.udp && !strings.HasPrefix(c.Network, "udp") {
			if strings.Contains(addr, "://") {
				return fmt.Errorf("-u: address %q is not UDP's", addr)
			}
			c.Network = "udp"
		}
	}
	if f.udp && len(args) == 0 {
		c.Network = "udp"
	}
	if c.Network, err = f.socket.family(c.Network); err != nil {
		return err
	}
	if !strings.HasPrefix(c.Network, "udp") || f.framed {
		c.Framing = f.framing
	}
	return nil
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
		if f := cmd.Flags().Lookup(name); f.Changed && isZero(f.Value.String()) {
			return fmt.Errorf("--%s 0: want more than 0", f.Name)
		}
	}
	return nil
}

// notEmpty refuses a name that was typed and is empty, as where a variable of a
// script is not set: the file would silently not be written.
func notEmpty(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s \"\": want the name of a file", f.Name)
		}
	}
	return nil
}

// isZero tells whether a number is 0, whatever it counts: 0, 0s, 0B, 0bit/s.
func isZero(text string) bool {
	return strings.HasPrefix(text, "0") && strings.TrimLeft(strings.Trim(text, "bitsB/"), "0.") == ""
}

// splitAddr reads host:port, tcp://host:port, udp://host:port and unix:///path.
func splitAddr(s string) (network, addr string, err error) {
	network, addr, ok := strings.Cut(s, "://")
	if !ok {
		network, addr = "tcp", s
	}
	switch network {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
	case "unix":
		return network, addr, nil // without a path: an embedded server has one
	default:
		return "", "", fmt.Errorf("address %q: transport %q is not spoken here, only tcp, tcp4, tcp6, udp, udp4, udp6, unix", s, network)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", "", fmt.Errorf("address %q: want host:port", s)
	}
	if n, err := strconv.ParseInt(port, 10, 64); port == "" || err == nil && (n < 1 || n > 65535) || errors.Is(err, strconv.ErrRange) {
		return "", "", fmt.Errorf("address %q: port %q: want 1 to 65535", s, port)
	}
	return network, addr, nil
}
