package cli

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/server"
)

type recvFlags struct{ peerFlags }

func newRecv(e *env) *cobra.Command {
	var f recvFlags
	cmd := &cobra.Command{
		Use:   "recv [HOST [PORT [TIME]]]",
		Short: "Receive time-stamped records, and tell what became of them on their way",
		Long: `Receive records of loadframe send, or of the older sender, at HOST and PORT
(127.0.0.1 8500; 0.0.0.0 is any IPv4 address of this machine, :: any IPv6 one),
and print peer, time and data of each:

    RCV: ('127.0.0.1', 51128)  2026-11-20 22:21:34.123456  k3j9x0aqk3j9...

With TIME at most one is printed in that time; no connection waits for that, and
the figures are of arrivals. What is no record is counted, logged and harms no
other.

At the end (-k, -t or SIGINT) there is a summary: loss, duplicates and reordering of
senders that number their records (loadframe send --sequence), and the delay
from the sender's time to the arrival. That is by two clocks: their difference
is in it, and where they are of different time zones the zone too, unless the
sender numbers.`,
		Example: `  loadframe recv
  loadframe recv 0.0.0.0 8500 0.2
  loadframe recv :: --udp -t 60 -q -J`,
		Args: hostPortTime,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.positional(cmd, args); err != nil {
				return err
			}
			if err := notZero(cmd, "time", "messages"); err != nil {
				return err
			}
			return recv(cmd.Context(), e, &f)
		},
	}
	f.add(cmd, "TIME between printed records; 0: none", "end after so many records", "print the summary only")
	cmd.Flags().Lookup("interval").DefValue = ""
	return cmd
}

// receiver counts records as they arrive, and prints them in their own time.
type receiver struct {
	env   *env
	flags *recvFlags
	ctx   context.Context
	done  context.CancelFunc // the bound is reached

	mu    sync.Mutex // guards stats
	stats client.RecordStats
	taken int64

	print     chan client.Record // nil: nothing is printed
	printed   chan struct{}      // closed when all of it is
	unprinted atomic.Int64
	bad       atomic.Int64
	overrun   atomic.Int64
	complain  seldom
	addr      net.Addr
}

// printAhead is how many records wait to be printed before more are only
// counted.
const printAhead = 1024

func recv(ctx context.Context, e *env, f *recvFlags) error {
	signalled, stop := interruptible(ctx)
	defer stop()
	r := &receiver{env: e, flags: f, complain: seldom{w: e.stderr}}
	r.ctx, r.done = context.WithCancel(signalled)
	defer r.done()
	if f.duration > 0 {
		defer time.AfterFunc(time.Duration(f.duration), r.done).Stop()
	}
	r.startPrinting()
	start := time.Now()
	err := r.receive()
	took := time.Since(start)
	r.endPrinting()
	if r.addr == nil {
		r.addr = stringAddr(f.addr())
	}
	doc := &report.Received{
		Schema: report.RecvSchema, Tool: report.ThisTool(), Command: e.args, Host: report.ThisHost(), Start: start, DurationS: took.Seconds(),
		Transport: f.network(), Addr: r.addr.String(), Bad: r.bad.Load(), Overrun: r.overrun.Load(), Unprinted: r.unprinted.Load(),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	fill(doc, r.stats.Summary())
	return tell(signalled, e, f.json, err, &doc.Error, doc)
}

type stringAddr string

func (stringAddr) Network() string  { return "" }
func (a stringAddr) String() string { return string(a) }

func fill(doc *report.Received, s client.RecordSummary) {
	doc.Records, doc.Undated = s.Records, s.Undated
	if s.Numbered > 0 {
		doc.Numbering = &report.Numbers{
			Records: s.Numbered, Runs: s.Runs, Lost: s.Lost, Duplicated: s.Duplicated, Reordered: s.Reordered, Outdated: s.Outdated, Unfollowed: s.Unfollowed,
		}
	}
	if d := s.Delay; d.Count > 0 {
		doc.Delay = &report.OneWay{
			Count: d.Count, Min: d.Min, Mean: d.Mean, P50: d.P50, P90: d.P90, P99: d.P99, P999: d.P999, Max: d.Max,
			AboveP50: d.P50 - d.Min, AboveP99: d.P99 - d.Min, AboveMax: d.Max - d.Min,
		}
	}
}

// receive takes records until the bound or a signal.
func (r *receiver) receive() error {
	if r.flags.udp {
		network := "udp"
		if ip := net.ParseIP(r.flags.host); ip != nil && ip.To4() == nil {
			network = "udp6" // "::" is all of IPv6 and no IPv4, as over TCP
		}
		pc, err := new(net.ListenConfig).ListenPacket(r.ctx, network, r.flags.addr())
		if err != nil {
			return err
		}
		defer pc.Close()
		r.listening(pc.LocalAddr())
		return client.ReceiveRecords(r.ctx, pc, r.take, func(peer net.Addr, err error) {
			r.bad.Add(1)
			r.complain.line("bad record from %v: %v", peer, err)
		})
	}
	log, err := newLogger(r.env.stderr, "text", "warn")
	if err != nil {
		return err
	}
	s, err := server.Start(server.Config{
		Listen:   []server.Listener{{Network: "tcp", Address: r.flags.addr(), Framing: "raw", Handler: "record"}},
		Loops:    1, // several would reorder records by themselves
		Limits:   server.Limits{DrainTimeout: time.Second},
		Logger:   log,
		OnRecord: r.take,
	})
	if err != nil {
		return err
	}
	r.listening(s.Addrs()[0])
	select {
	case <-r.ctx.Done():
	case err = <-s.Failed():
	}
	_ = s.Shutdown(context.Background()) // a peer that sends nothing may be cut off
	stats := s.Stats()
	r.bad.Store(stats.BadRecords)
	r.overrun.Store(stats.RecordsLost)
	return err
}

// listening says where, for whoever has asked for port 0.
func (r *receiver) listening(addr net.Addr) {
	r.addr = addr
	w := r.env.stdout
	if r.flags.json {
		w = r.env.stderr
	}
	fmt.Fprintln(w, "listening", r.flags.network(), addr)
}

// take counts a record. It does not wait.
func (r *receiver) take(v client.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	bound := int64(r.flags.count)
	if bound > 0 && r.taken == bound {
		return
	}
	r.stats.Take(v)
	if r.print != nil {
		select {
		case r.print <- v:
		default:
			r.unprinted.Add(1)
		}
	}
	if r.taken++; r.taken == bound {
		r.done()
	}
}

func (r *receiver) startPrinting() {
	if r.flags.quiet || r.flags.json {
		return
	}
	r.print, r.printed = make(chan client.Record, printAhead), make(chan struct{})
	show := recordPrinter(r.env.stdout, "text")
	go func() {
		defer close(r.printed)
		pace := time.Duration(r.flags.interval)
		for v := range r.print {
			show(v)
			if pace > 0 {
				select {
				case <-time.After(pace):
				case <-r.ctx.Done(): // what waits is printed at once
				}
			}
		}
	}()
}

// endPrinting waits for what is left; nobody takes any more.
func (r *receiver) endPrinting() {
	if r.print != nil {
		close(r.print)
		<-r.printed
	}
}
