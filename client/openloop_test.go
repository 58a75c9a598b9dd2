package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

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

// The time behind the last message is a part of the rate: ten messages a second are
// no eleven. Where messages end the run, it ends with them, and an interruption ends
// the waiting too.
func TestTimeEndsAnOpenLoop(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}, {Network: "udp", Address: "127.0.0.1:0"}}})
	for _, c := range []client.Config{
		{Workload: client.Echo},
		{Workload: client.Churn, Conns: 2},
		{Workload: client.Echo, Network: "udp"},
		{Workload: client.Echo, Arrival: "ramp:10@0.4s", Duration: time.Hour},
	} {
		if c.Addr = s.Addr; c.Network == "udp" {
			c.Addr = s.Addrs()[1].String()
		}
		if c.Arrival == "" {
			c.Arrival, c.Duration = "10", 400*time.Millisecond
		}
		r, err := client.Run(t.Context(), c, client.Observer{})
		if err != nil || r.Messages+r.Unsent != 4 || r.Took < 400*time.Millisecond {
			t.Errorf("%s %s: %d messages in %v, %v", c.Workload, c.Network, r.Messages, r.Took, err)
		}
	}
	c := client.Config{Workload: client.Echo, Addr: s.Addr, Arrival: "10", Messages: 2, Duration: time.Hour}
	if r, err := client.Run(t.Context(), c, client.Observer{}); err != nil || r.Messages != 2 {
		t.Errorf("%d messages, %v", r.Messages, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c = client.Config{Workload: client.Echo, Addr: s.Addr, Arrival: "0.0001", Duration: time.Hour, Interval: 10 * time.Millisecond}
	r, err := client.Run(ctx, c, client.Observer{Interval: func(i client.Interval) {
		if i.Messages == 1 {
			cancel()
		}
	}})
	if err != nil || r.Messages != 1 {
		t.Errorf("%d messages, %v", r.Messages, err)
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
