package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/internal/units"
	"github.com/loadframe/loadframe/server"
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
		RunE:      func(cmd *cobra.Command, args []string) error { return load(cmd.Context(), e, &f, args) },
	}
	fl := cmd.Flags()
	fl.IntVarP(&f.conns, "parallel", "P", 1, "connections")
	fl.VarP(&f.duration, "time", "t", "end after this time; a bare number is seconds")
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

// run is one load run with what the result tells around it.
type run struct {
	env      *env
	flags    *loadFlags
	config   client.Config
	embedded *server.Server // nil against a remote server
	result   *report.Result
}

func load(ctx context.Context, e *env, f *loadFlags, args []string) error {
	r := &run{env: e, flags: f}
	var err error
	if r.config, err = f.config(args); err != nil {
		return r.end(exitUsage, err)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if r.config.Addr == "" {
		if err := r.embed(); err != nil {
			return r.end(exitFailed, err)
		}
		defer r.embedded.Shutdown(context.Background())
	}
	err = r.measure(ctx)
	cut := ctx.Err() != nil && errors.Is(err, context.Canceled) // while connecting
	if err != nil && !cut {
		return r.end(exitFailed, err)
	}
	if ctx.Err() != nil {
		return r.end(exitInterrupted, nil)
	}
	return r.end(exitOK, nil)
}

// embed starts the server of a run that has none. A plain run cannot tell it
// framing and handler, so it has them from the start.
func (r *run) embed() error {
	log, err := newLogger(r.env.stderr, "text", "warn")
	if err != nil {
		return err
	}
	l := server.Listener{Network: "tcp", Address: "127.0.0.1:0"}
	if r.config.Plain {
		l.Framing, l.Handler = r.config.Framing, r.config.Handler
	}
	r.embedded, err = server.Start(server.Config{Listen: []server.Listener{l}, Logger: log})
	if err != nil {
		return err
	}
	r.config.Addr = r.embedded.Addrs()[0].String()
	return nil
}

// measure runs the workload with interval lines and progress, and fills in the
// result.
func (r *run) measure(ctx context.Context) error {
	var intervals []report.Interval
	shape := report.ShapeOf(r.config.Workload)
	progress, done := r.progress()
	cpu, _ := sysinfo.CPUTime()
	res, err := client.Run(ctx, r.config, client.Observer{
		Interval: func(i client.Interval) {
			v := interval(i, r.config)
			if len(intervals) == 0 {
				progress.Line(shape.Header()) // not before: a run may fail or end without a single line
			}
			intervals = append(intervals, v)
			progress.Line(shape.Line(v))
		},
		Progress: func(c client.Counts) { progress.Set(done(c)) },
	})
	progress.Done()
	if after, ok := sysinfo.CPUTime(); ok {
		r.result = r.newResult(&res, after.Sub(cpu).Total())
	} else {
		r.result = r.newResult(&res, 0)
	}
	r.result.Intervals = intervals
	return err
}

// progress starts the display, and returns with it what of the counts it
// shows. Machine output has none.
func (r *run) progress() (*report.Progress, func(client.Counts) int64) {
	done := func(c client.Counts) int64 { return c.Payload }
	pc := report.ProgressConfig{Title: r.config.Workload, Goal: r.config.Bytes, Duration: r.config.Duration}
	if r.config.Bytes == 0 && r.config.Messages > 0 {
		pc.Goal, pc.Unit = r.config.Messages, report.Messages
		done = func(c client.Counts) int64 { return c.Messages }
	}
	if r.flags.json {
		return nil, done
	}
	pc.Bar, pc.Lines = terminal(r.env.stderr), r.env.stdout
	return report.StartProgress(pc), done
}

// end prints the result and returns what Main exits with. A run that failed
// before it could measure has a result too, with the reason.
func (r *run) end(code int, err error) error {
	if r.result == nil {
		r.result = r.newResult(&client.Result{Config: r.config}, 0)
	}
	if err != nil {
		r.result.Error = err.Error()
	} else if code == exitInterrupted {
		err = fmt.Errorf("interrupted")
	}
	var werr error
	switch measured := r.result.DurationS > 0; {
	case r.flags.json:
		werr = report.WriteJSON(r.env.stdout, r.result, true)
	case measured:
		werr = report.WriteText(r.env.stdout, r.result)
	}
	if err == nil && werr != nil {
		return failed(werr)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code, err}
}
