package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
	"github.com/loadframe/loadframe/proxy"
)

// proxyFlags are the flags of proxy, and the defaults of its help.
type proxyFlags struct {
	listen    string
	to        string
	up, down  proxy.Spec
	time      units.Duration
	dial      units.Duration
	maxConns  int
	oneOff    bool
	json      bool
	quiet     bool
	logFormat string
	logLevel  string
}

func newProxy(e *env) *cobra.Command {
	f := proxyFlags{dial: units.Duration(10 * time.Second)}
	cmd := &cobra.Command{
		Use:   "proxy --to HOST:PORT",
		Short: "Pass TCP connections on, and delay, pace, slice, damage, stall or reset them",
		Long: `Pass TCP connections on to HOST:PORT and impair them on the way: --up what
clients send, --down what they are sent. A SPEC is key=value,key=value:

    delay=20ms,jitter=5ms   each byte is late; jitter is uniform, dist=normal makes
                            it a standard deviation; nothing is overtaken
    rate=10Mbit,burst=64KiB a token bucket
    slice=1448              bytes of a write, or 1..1448; gap=1ms between two
    flip=1/MiB              so many damages in each window of bytes, or at offsets as
                            @100/@2000; likewise drop, insert, and dup with duplen=64
    stall=1s@64KiB          hold once at an offset; or 100ms/1s: every second
    fin=@1MiB               end this direction at an offset or after a time (fin=5s)
    blackhole=@1MiB         swallow what follows, also the end
    reset=@1MiB             reset both sides
    buffer=4MiB             what may wait in the proxy
    seed=7                  damage is a function of seed, connection, direction and
                            offset: it does not depend on time or on the network

SIGINT, SIGTERM or SIGHUP (unless ignored, as by nohup) reset what is left and
print the summary: exit status 0.`,
		Example: `  loadframe proxy --to 127.0.0.1:8120 --up delay=20ms,jitter=5ms,rate=10Mbit --down slice=1448,flip=1/MiB,seed=7
  loadframe proxy --listen tcp://127.0.0.1:9000 --to 127.0.0.1:8120 --down reset=@1MiB -1 -J`,
		Args: flagsAlone("to"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := notZero(cmd, "time", "dial-timeout", "max-conns"); err != nil {
				return err
			}
			return runProxy(cmd.Context(), e, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "tcp://127.0.0.1:0", "host:port or tcp://host:port; port 0 is chosen by the system")
	fl.StringVar(&f.to, "to", "", "host:port that connections go to, looked up for each")
	fl.Var(&f.up, "up", "what happens to what clients send")
	fl.Var(&f.down, "down", "what happens to what clients are sent")
	fl.VarP(&f.time, "time", "t", "end after this time; a bare number is seconds")
	fl.Lookup("time").DefValue = ""
	fl.Var(&f.dial, "dial-timeout", "for connecting to --to")
	fl.IntVar(&f.maxConns, "max-conns", 4096, "connections at a time; more wait to be accepted")
	fl.BoolVarP(&f.oneOff, "one-off", "1", false, "take one connection and end with it")
	fl.BoolVarP(&f.json, "json", "J", false, "print the summary as JSON on standard output, and nothing else there")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "do not log connections")
	fl.StringVar(&f.logFormat, "log-format", "text", "of the log on standard error: text or json")
	fl.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error; debug tells each damage")
	require(cmd, "to", "HOST:PORT, where connections go to")
	return cmd
}

// config turns the flags into what the proxy takes.
func (f *proxyFlags) config(log *slog.Logger) (proxy.Config, error) {
	listen := strings.TrimPrefix(f.listen, "tcp://")
	_, port, err := net.SplitHostPort(listen)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		return proxy.Config{}, fmt.Errorf("--listen %q: want host:port or tcp://host:port", f.listen)
	}
	if err := checkTarget(f.target()); err != nil {
		return proxy.Config{}, fmt.Errorf("--to %q: %w", f.to, err)
	}
	if f.maxConns < 0 {
		return proxy.Config{}, fmt.Errorf("--max-conns %d: want 1 or more", f.maxConns)
	}
	c := proxy.Config{Listen: listen, To: f.target(), Up: f.up, Down: f.down, MaxConns: f.maxConns, DialTimeout: time.Duration(f.dial), OneOff: f.oneOff}
	if !f.quiet {
		c.OnClose = func(r proxy.Report) { logConnection(log, r) }
	}
	return c, nil
}

// target is --to without its scheme.
func (f *proxyFlags) target() string { return strings.TrimPrefix(f.to, "tcp://") }

// checkTarget refuses what no connection can ever be made to. A host that has no
// address now may have one when the first client comes.
func checkTarget(to string) error {
	if strings.Contains(to, "://") {
		return errors.New("want host:port of TCP: no other transport is passed on")
	}
	host, port, err := net.SplitHostPort(to)
	if err != nil || port == "" || strings.Contains(to, "/") {
		return errors.New("want host:port")
	}
	if host == "" {
		return errors.New("want a host too")
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n == 0 {
		return errors.New("want a port of 1 to 65535, or the name of a service")
	}
	return nil
}

// proxySummary is what -J prints: schema loadframe.proxy/1.
type proxySummary struct {
	Schema    string      `json:"schema"`
	Tool      report.Tool `json:"tool"`
	Command   []string    `json:"command"`
	Start     time.Time   `json:"start"`
	DurationS float64     `json:"duration_s"`
	Listen    string      `json:"listen,omitempty"`
	To        string      `json:"to"`
	Up        proxy.Spec  `json:"up_spec"`
	Down      proxy.Spec  `json:"down_spec"`
	proxy.Stats
	Error string `json:"error,omitempty"`
}

func runProxy(ctx context.Context, e *env, f *proxyFlags) error {
	ctx, stop := interruptible(ctx)
	defer stop()
	s := proxySummary{Schema: "loadframe.proxy/1", Tool: report.ThisTool(), Command: e.args, Start: time.Now(), To: f.target(), Up: f.up, Down: f.down}
	log, endLog, err := newServiceLogger(e.stderr, f.logFormat, f.logLevel)
	if err != nil {
		return usage(err)
	}
	defer endLog()
	c, err := f.config(log)
	if err != nil {
		return usage(err)
	}
	p, err := proxy.Start(c)
	if err != nil {
		s.Error = err.Error()
		return errors.Join(failed(err), s.print(e, f.json))
	}
	s.Listen = p.Addr().String()
	ready := e.stdout
	if f.json {
		ready = e.stderr // standard output is one document
	}
	fmt.Fprintf(ready, "listening tcp %s to %s up=%s down=%s\n", s.Listen, c.To, f.up, f.down)
	var bound <-chan time.Time
	if f.time > 0 {
		bound = time.After(time.Duration(f.time))
	}
	select {
	case <-ctx.Done():
	case <-bound:
	case <-p.Done():
	}
	stop() // a second signal ends the process at once
	err = p.Close()
	s.DurationS, s.Stats = time.Since(s.Start).Seconds(), p.Stats()
	if err != nil {
		s.Error = err.Error()
		err = failed(err)
	}
	return cmp.Or(err, s.print(e, f.json))
}

// print writes the summary, of a proxy that could not start as JSON only.
func (s *proxySummary) print(e *env, asJSON bool) error {
	if asJSON {
		return report.WriteDocument(e.stdout, s)
	}
	if s.Listen == "" {
		return nil
	}
	fmt.Fprintf(e.stdout, "proxy tcp %s to %s, for %.3g s\n", s.Listen, s.To, s.DurationS)
	fmt.Fprintf(e.stdout, "  connections %s, broken %s, target not reached %s\n", units.FormatDigits(s.Connections), units.FormatDigits(s.Broken), units.FormatDigits(s.Unreached))
	for _, d := range []struct {
		name string
		c    proxy.Counts
	}{{"up", s.Stats.Up}, {"down", s.Stats.Down}} {
		fmt.Fprintf(e.stdout, "  %-11s", d.name)
		for i, n := range countsOf(d.c) {
			if i > 0 {
				fmt.Fprint(e.stdout, ", ")
			}
			fmt.Fprintf(e.stdout, "%s %s", n.Key, units.FormatDigits(n.Value.Int64()))
		}
		fmt.Fprintln(e.stdout)
	}
	return nil
}

// countsOf returns the bytes of a direction and those of its other counts that
// are not 0.
func countsOf(c proxy.Counts) []slog.Attr {
	all := []slog.Attr{
		slog.Int64("in", c.In), slog.Int64("out", c.Out), slog.Int64("flipped", c.Flipped), slog.Int64("dropped", c.Dropped), slog.Int64("inserted", c.Inserted), slog.Int64("duplicated", c.Duplicated),
		slog.Int64("discarded", c.Discarded), slog.Int64("writes", c.Writes), slog.Int64("stalls", c.Stalls), slog.Int64("fins", c.Fins), slog.Int64("blackholes", c.Blackholes), slog.Int64("resets", c.Resets),
	}
	kept := all[:2]
	for _, a := range all[2:] {
		if a.Value.Int64() != 0 {
			kept = append(kept, a)
		}
	}
	return kept
}

// logConnection tells of a connection that is over, and on level debug of each
// damage to it.
func logConnection(log *slog.Logger, r proxy.Report) {
	ended := "in peace"
	if r.Err != nil {
		ended = r.Err.Error()
	}
	log.LogAttrs(context.Background(), slog.LevelInfo, "closed", slog.Int64("conn", r.Conn), slog.String("peer", r.Client.String()), slog.Duration("duration", r.Duration), slog.String("ended", ended),
		slog.GroupAttrs("up", countsOf(r.Up.Counts)...), slog.GroupAttrs("down", countsOf(r.Down.Counts)...))
	for _, d := range []struct {
		name   string
		events []proxy.Event
	}{{"up", r.Up.Events}, {"down", r.Down.Events}} {
		for _, ev := range d.events {
			log.Debug("damage", "conn", r.Conn, "direction", d.name, "kind", ev.Kind, "offset", ev.Offset, "out", ev.Out, "value", ev.Value, "length", ev.Length)
		}
	}
}
