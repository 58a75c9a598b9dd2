package client_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

var long = flag.Bool("long", false, "also run what takes 20 s on a quiet machine")

// staller echoes, but for a while in every period, when it stands still. It
// keeps when that was.
type staller struct {
	period, stall time.Duration
	mu            sync.Mutex
	begun         time.Time
	next          time.Time
	stalls        []span
}

type span struct{ from, to time.Time }

func (s *staller) Serve(r *server.Reply, frame []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.begun.IsZero() {
		s.begun, s.next = now, now.Add(s.period/2)
	}
	if now.After(s.next) {
		time.Sleep(s.stall) // the hazard itself: the loop stands still
		s.stalls = append(s.stalls, span{now, time.Now()})
		s.next = now.Add(s.period)
	}
	return r.Frame(frame)
}

// awake returns t, or the end of the stall that it falls into. A stall begins
// with the message in hand: the last one that was due before.
func (s *staller) awake(t time.Time, interval time.Duration) time.Time {
	for _, st := range s.stalls {
		if t.Add(interval).After(st.from) && t.Before(st.to) {
			return st.to
		}
	}
	return t
}

// waits returns, sorted, how long n messages of an even rate wait from when they are due until they are begun, if each takes so long and
// they go one by one; and how many of them wait 20 ms or more.
func (s *staller) waits(start time.Time, rate, n int64, each time.Duration) (waits []int64, late int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	interval := time.Second / time.Duration(rate)
	var free time.Time // when the message before is done
	for k := range n {
		due := start.Add(time.Duration(k) * interval)
		begun := s.awake(due, interval)
		if free.After(begun) {
			begun = s.awake(free, 0)
		}
		free = begun.Add(each)
		waits = append(waits, int64(begun.Sub(due)))
		if begun.Sub(due) >= 20*time.Millisecond {
			late++
		}
	}
	slices.Sort(waits)
	return waits, late
}

// A server that stands still makes every message late that was due meanwhile,
// not only the one that it had in hand: the omission that closed loops make.
func TestCoordinatedOmission(t *testing.T) {
	duration := 2 * time.Second
	if *long {
		duration = 20 * time.Second
	}
	for _, depth := range []int{0, 1} {
		s := &staller{period: time.Second, stall: 100 * time.Millisecond}
		srv := servertest.Start(t, server.Config{Handlers: map[string]func() server.Handler{"stall": func() server.Handler { return s }}})
		const rate = 1000
		r, err := client.Run(context.Background(), client.Config{
			Workload: client.Echo, Handler: "stall", Addr: srv.Addr, Arrival: "1000", Depth: depth, Duration: duration,
		}, client.Observer{})
		if err != nil {
			t.Fatal(err)
		}
		least, late := s.waits(r.Start, rate, int64(duration.Seconds()*rate), 0)
		if late == 0 || r.Messages+r.Unsent != int64(len(least)) {
			t.Fatalf("%d messages and %d unsent of %d; %d due in a stall", r.Messages, r.Unsent, len(least), late)
		}
		want := least
		if depth == 1 { // what has come together in a stall goes one by one
			want, _ = s.waits(r.Start, rate, int64(len(least)), time.Duration(r.Service.ValueAtQuantile(50)))
		}
		// Each of them is late by the rest of the stall at the least, however
		// slow the machine.
		for _, q := range []float64{90, 95, 99, 99.9, 100} {
			got, rank := r.Response.ValueAtQuantile(q), max(0, int(math.Ceil(q/100*float64(len(want))))-1)
			if float64(got) < 0.99*float64(least[rank]) {
				t.Errorf("depth %d: response p%v is %v, the schedule gives %v", depth, q, time.Duration(got), time.Duration(least[rank]))
			}
			// Between what the stalls alone and what they and a queue behind them make of it. At p90 the curve is a cliff, since a tenth of
			// the messages is due in a stall: its foot may lie 1 ms from where it should.
			slack := max(0.05*float64(want[rank]), 1e6)
			if *long && (float64(got) > float64(want[rank])+slack || float64(got) < float64(least[rank])-slack) {
				t.Errorf("depth %d: response p%v is %v, not within 5 %% of %v to %v", depth, q, time.Duration(got), time.Duration(least[rank]), time.Duration(want[rank]))
			}
			t.Logf("depth %d: p%v: response %v, from the schedule %v to %v, service %v", depth, q, time.Duration(got), time.Duration(least[rank]), time.Duration(want[rank]), time.Duration(r.Service.ValueAtQuantile(q)))
		}
	}
}

// What is sent is the schedule: no more, no less, whatever the connections.
func TestOpenLoopSendsTheSchedule(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []client.Config{
		{Arrival: "2000", Messages: 300},
		{Arrival: "poisson:5k", Messages: 501, Conns: 7},
		{Arrival: "burst:50@5000", Messages: 501, Conns: 3, Batch: 8},
		{Arrival: "burst:100@2000", Messages: 300, Depth: 2, Conns: 2},
		{Arrival: "ramp:0..2000@0.2s,2000@0.1s", Conns: 5, Messages: 400},
		{Arrival: "1M", Messages: 20_000, Conns: 2, Batch: 100},
		{Arrival: "1k", Messages: 20, Size: 1 << 20, Conns: 2},
		{Arrival: "10k", Messages: 500, Framing: "raw", Conns: 2},
		{Arrival: "10k", Messages: 500, Workload: client.Ack, Sizes: "uniform:1..5000"},
	} {
		if c.Workload == "" {
			c.Workload = client.Echo
		}
		c.Addr = s.Addr
		r, err := client.Run(context.Background(), c, client.Observer{})
		// Where stages end the run, a slow machine leaves some unsent.
		if err != nil || r.Messages+r.Unsent != c.Messages {
			t.Errorf("%s: %d messages, want %d; %v", c.Arrival, r.Messages, c.Messages, err)
			continue
		}
		if n := r.Response.TotalCount(); n != r.Messages || r.Service.TotalCount() != n || r.Lag.TotalCount() != n {
			t.Errorf("%s: %d messages, %d response, %d service, %d lags", c.Arrival, r.Messages, n, r.Service.TotalCount(), r.Lag.TotalCount())
		}
		if c.Arrival == "2000" && r.Took < 299*time.Second/2000 {
			t.Errorf("%s: 300 messages in %v", c.Arrival, r.Took)
		}
	}
}

// The end of the stages ends the run.
func TestStagesEndTheRun(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	r, err := client.Run(context.Background(), client.Config{Workload: client.Echo, Addr: s.Addr, Arrival: "ramp:0..1000@0.2s,0@0.1s,500@0.1s"}, client.Observer{})
	if err != nil || r.Messages+r.Unsent != 150 || r.Config.Duration != 400*time.Millisecond {
		t.Errorf("%d messages, %d unsent in %v: %v", r.Messages, r.Unsent, r.Config.Duration, err)
	}
}

// A connection that has nothing to do does not stall, and one that owes a
// reply does.
func TestRareMessagesAreNoStall(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	quiet := silent(t)
	client.Patiently(t, 200*time.Millisecond, func(d time.Duration) error {
		c := client.Config{Workload: client.Echo, Addr: s.Addr, Arrival: fmt.Sprint(1 / (2.5 * d.Seconds())), Messages: 2, Timeout: d}
		if r, err := client.Run(context.Background(), c, client.Observer{}); err != nil || r.Messages != 2 {
			return fmt.Errorf("%d messages, %v", r.Messages, err)
		}
		c.Addr = quiet
		_, err := fails(c, fmt.Sprint("no progress for ", d))
		return err
	})
}

// More than the peer takes is not waited for when the time is over, and not
// kept quiet.
func TestOverloadIsTold(t *testing.T) {
	s := &staller{period: 20 * time.Millisecond, stall: 19 * time.Millisecond}
	srv := servertest.Start(t, server.Config{Handlers: map[string]func() server.Handler{"stall": func() server.Handler { return s }}})
	client.Patiently(t, 300*time.Millisecond, func(d time.Duration) error {
		r, err := client.Run(context.Background(), client.Config{
			Workload: client.Echo, Handler: "stall", Addr: srv.Addr, Arrival: "100k", Depth: 1, Duration: d,
		}, client.Observer{})
		if err == nil && (r.Unsent == 0 || r.Messages+r.Unsent != d.Milliseconds()*100 || len(r.Health.Reasons) == 0) {
			t.Errorf("%d messages, %d unsent, reasons %q", r.Messages, r.Unsent, r.Health.Reasons)
		}
		return err
	})
}

// A reader that has all replies when the writer finds the time to be over is
// not left waiting for more.
func TestEndOfTimeWakesTheReader(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for range 10 {
		client.Patiently(t, 20*time.Millisecond, func(d time.Duration) error { // in which a message has to come, or the run has failed
			c := client.Config{Workload: client.Echo, Addr: s.Addr, Depth: 2, Size: 40_000, Duration: d, Conns: 4}
			_, err := client.Run(context.Background(), c, client.Observer{})
			return err
		})
	}
}

func TestStopOpenLoop(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, c := range []client.Config{
		{Arrival: "poisson:1000", Conns: 3},
		{Arrival: "100k", Conns: 2, Depth: 1},
		{Arrival: "0.001"},
	} {
		c.Workload, c.Addr, c.Duration = client.Echo, s.Addr, time.Hour
		ctx, stop := context.WithCancel(context.Background())
		r, err := client.Run(ctx, c, client.Observer{Begin: func() { time.AfterFunc(100*time.Millisecond, stop) }})
		stop()
		if err != nil || r.Took > time.Minute {
			t.Errorf("%s: %v after %v", c.Arrival, err, r.Took)
		}
	}
}

// A connection of an open churn is due whether or not the one before it has
// come to its end: while a server holds one, the others' waiting is in their
// response time.
func TestOpenChurnCountsFromDue(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const held = 400 * time.Millisecond
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for i := 0; ; i++ {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			if i == 0 {
				time.Sleep(held)
			}
			_, _ = io.CopyN(nc, nc, 68)
			nc.Close()
		}
	})
	const n, rate = 40, 100
	c := client.Config{Workload: client.Churn, Plain: true, Addr: l.Addr().String(), Messages: n, Arrival: strconv.Itoa(rate)}
	res, err := client.Run(context.Background(), c, client.Observer{})
	if err != nil || res.Connections != n || res.Unsent != 0 {
		t.Fatal(err, res.Connections, res.Unsent)
	}
	waited := int64(0)
	for _, b := range res.Response.Distribution() {
		if b.From >= int64(held/2) {
			waited += b.Count
		}
	}
	if want := held.Milliseconds() / 2 * rate / 1000; waited < want || res.Service.ValueAtQuantile(50) >= res.Response.ValueAtQuantile(50) {
		t.Errorf("%d responses over %v, want %d; p50 of service %d, of response %d", waited, held/2, want, res.Service.ValueAtQuantile(50), res.Response.ValueAtQuantile(50))
	}
}

// A server whose clock is an hour ahead: the one-way delays are those of the
// path.
func TestStampTakesTheClocksOffsetOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const ahead = time.Hour
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		in := bufio.NewReader(nc)
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
		_, _ = io.WriteString(nc, "OK\n")
		head := make([]byte, 4)
		for {
			if _, err := io.ReadFull(in, head); err != nil {
				return
			}
			message := make([]byte, binary.BigEndian.Uint32(head))
			if _, err := io.ReadFull(in, message); err != nil {
				return
			}
			stamped := fmt.Appendf(nil, "[%d] %s", time.Now().Add(ahead).UnixNano(), message)
			_, _ = nc.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(stamped))), stamped...))
		}
	})
	res, err := client.Run(context.Background(), client.Config{Workload: client.Stamp, Addr: l.Addr().String(), Messages: 100}, client.Observer{})
	if err != nil || res.Up.TotalCount() != 100 {
		t.Fatal(err)
	}
	if off := res.Clock.Offset - ahead; off.Abs() > time.Minute || res.Up.Max() > int64(time.Minute) || res.Down.Max() > int64(time.Minute) || res.Up.Max() < 2 && res.Down.Max() < 2 {
		t.Errorf("offset %v, up at most %v, down at most %v", res.Clock.Offset, time.Duration(res.Up.Max()), time.Duration(res.Down.Max()))
	}
}
