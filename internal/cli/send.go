package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// peerFlags are what send and recv have in common: HOST PORT TIME, also as
// flags, and the bounds.
type peerFlags struct {
	host     string
	port     int
	interval units.Duration
	udp      bool
	duration units.Duration
	count    units.Count
	quiet    bool
	json     bool
}

const (
	defaultRecordHost = "127.0.0.1"
	defaultRecordPort = 8500
)

func (f *peerFlags) add(cmd *cobra.Command, interval, count, quiet string) {
	fl := cmd.Flags()
	fl.StringVarP(&f.host, "host", "H", defaultRecordHost, "HOST")
	fl.IntVarP(&f.port, "port", "p", defaultRecordPort, "PORT")
	fl.VarP(&f.interval, "interval", "i", interval)
	fl.BoolVar(&f.udp, "udp", false, "a datagram a record")
	fl.VarP(&f.duration, "time", "t", "end after this time; a bare number is seconds")
	fl.Lookup("time").DefValue = "" // not "0s": no bound is the default
	fl.VarP(&f.count, "messages", "k", count)
	fl.BoolVarP(&f.quiet, "quiet", "q", false, quiet)
	fl.BoolVarP(&f.json, "json", "J", false, "print the summary as JSON on standard output, and nothing else there")
}

// positional takes HOST PORT TIME into the flags.
func (f *peerFlags) positional(cmd *cobra.Command, args []string) error {
	for i, name := range []string{"host", "port", "interval"}[:min(len(args), 3)] {
		fl := cmd.Flags().Lookup(name)
		if fl.Changed {
			return fmt.Errorf("%s %q and --%s %s: want one of them", strings.ToUpper(name), args[i], name, fl.Value)
		}
		if err := fl.Value.Set(args[i]); err != nil && name == "port" {
			return fmt.Errorf("port %q: want 0 to 65535", args[i])
		} else if err != nil {
			return fmt.Errorf("%s %q: %w", name, args[i], err)
		}
	}
	if f.port < 0 || f.port > 65535 {
		return fmt.Errorf("port %d: want 0 to 65535", f.port)
	}
	return nil
}

func (f *peerFlags) addr() string { return net.JoinHostPort(f.host, strconv.Itoa(f.port)) }

func (f *peerFlags) network() string {
	if f.udp {
		return "udp"
	}
	return "tcp"
}

type sendFlags struct {
	peerFlags
	size     units.Size
	sequence bool
	timeout  units.Duration
}

func newSend(e *env) *cobra.Command {
	f := sendFlags{peerFlags: peerFlags{interval: units.Duration(time.Second)}, size: 32, timeout: units.Duration(2 * time.Second)}
	cmd := &cobra.Command{
		Use:   "send [HOST [PORT [TIME]]]",
		Short: "Send a time-stamped record each interval",
		Long: `Send a unique record with the time every TIME to a receiver at HOST and PORT
(127.0.0.1 8500 1.0): loadframe recv, loadframe serve --classic, or the older
receiver. Over TCP each record has a connection of its own. A record is JSON,
82 bytes with the default size:

    {"data": "k3j9x0aqk3j9x0aqk3j9x0aqk3j9x0aq", "time": "2026-11-20 22:21:34.123456"}

Due times are absolute and do not drift. A peer that is absent is logged, and
tried again with the next record. Records are not numbered, so a receiver
cannot know of losses; --sequence adds keys that loadframe recv understands
and older receivers ignore.

It ends with -k, -t or SIGINT.`,
		Example: `  loadframe send
  loadframe send 192.0.2.7 8500 0.1 -k 100
  loadframe send --udp -i 1ms -t 10 --sequence --quiet`,
		Args: hostPortTime,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.positional(cmd, args); err != nil {
				return err
			}
			switch {
			case f.port == 0:
				return errors.New("port 0: want 1 to 65535, that of a receiver")
			case f.interval == 0:
				return errors.New("interval 0s: want more than 0")
			}
			if err := notZero(cmd, "time", "messages", "size", "timeout"); err != nil {
				return err
			}
			return send(cmd.Context(), e, &f)
		},
	}
	f.add(cmd, "TIME between records", "end after so many records", "print no records")
	fl := cmd.Flags()
	fl.VarP(&f.size, "size", "s", "characters of data in a record")
	fl.BoolVar(&f.sequence, "sequence", false, "number the records: the receiver then knows of loss, duplicates and reordering")
	fl.Var(&f.timeout, "timeout", "for one record, until the peer has taken it")
	return cmd
}

func send(ctx context.Context, e *env, f *sendFlags) error {
	c, err := client.SendConfig{
		Network: f.network(), Addr: f.addr(), Interval: time.Duration(f.interval), Count: int64(f.count), Duration: time.Duration(f.duration),
		Size: int(min(f.size, 1<<30)), Sequence: f.sequence, Timeout: time.Duration(f.timeout),
	}.Resolve()
	if err != nil {
		return usage(err)
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	var o client.SendObserver
	failures := seldom{w: e.stderr}
	o.Failed = func(i int64, err error) {
		if ctx.Err() == nil {
			failures.line("record %d: %v", i, err)
		}
	}
	if !f.quiet && !f.json {
		o.Sending = func(b []byte) { fmt.Fprintf(e.stdout, "SND: ('%s', %d)  %s\n", f.host, f.port, b) }
	}
	r, err := client.SendRecords(ctx, c, o)
	doc := &report.Sent{
		Schema: report.SendSchema, Tool: report.ThisTool(), Command: e.args, Host: report.ThisHost(), Start: r.Start, DurationS: r.Took.Seconds(),
		Transport: f.network(), Addr: f.addr(), IntervalS: c.Interval.Seconds(), Size: c.Size, Run: r.Run,
		Tried: r.Tried, Delivered: r.Delivered, Missed: r.Missed, Failed: map[string]int64{}, WireBytes: r.Wire,
	}
	maps.Copy(doc.Failed, r.Failed)
	return tell(ctx, e, f.json, err, &doc.Error, doc)
}

// summary is a document that can also be text.
type summary interface{ WriteText(io.Writer) error }

// tell prints the summary and returns what Main exits with. err is why nothing
// could be done.
func tell(ctx context.Context, e *env, asJSON bool, err error, inDocument *string, doc summary) error {
	code := exitFailed
	switch {
	case ctx.Err() != nil:
		code, err = exitInterrupted, errors.New("interrupted")
	case err == nil:
		code = exitOK
	}
	var werr error
	if asJSON {
		if err != nil {
			*inDocument = err.Error()
		}
		werr = report.WriteDocument(e.stdout, doc)
	} else if code != exitFailed {
		werr = doc.WriteText(e.stdout)
	}
	switch {
	case code != exitOK:
		return &exitError{code, err}
	case werr != nil:
		return failed(werr)
	}
	return nil
}

// seldom writes at most a line a second, and with it how many it did not
// write.
type seldom struct {
	w io.Writer

	mu      sync.Mutex
	last    time.Time
	skipped int
}

func (s *seldom) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.last.IsZero() || now.Sub(s.last) >= time.Second {
		more := ""
		if s.skipped > 0 {
			more = fmt.Sprintf(" (and %d more since the last line)", s.skipped)
		}
		fmt.Fprintf(s.w, "loadframe: %s%s\n", oneLine(fmt.Sprintf(format, args...)), more)
		s.last, s.skipped = now, 0
		return
	}
	s.skipped++
}
