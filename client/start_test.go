package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// The connections are there before the time to begin; the first message goes
// after it, never before.
func TestStartAt(t *testing.T) {
	// Not to have the connections at the time is an error.
	client.Patiently(t, 500*time.Millisecond, func(ahead time.Duration) error { return startAhead(t, ahead) })
}

func startAhead(t *testing.T, ahead time.Duration) error {
	s := servertest.Start(t, server.Config{})
	at := time.Now().Add(ahead)
	c := client.Config{Workload: client.Echo, Addr: s.Addr, Conns: 3, Messages: 30, StartAt: at, AskClock: true, Instance: "i1"}
	done := make(chan struct{})
	go func() { // before the time all connections are there, and nothing is sent
		defer close(done)
		for time.Now().Before(at.Add(-100 * time.Millisecond)) {
			if n := framesOf(s, "echo"); n != 0 {
				t.Errorf("%d messages before the time", n)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	r, err := client.Run(t.Context(), c, client.Observer{})
	<-done
	if err != nil {
		return err
	}
	if r.Start.Before(at) || r.Late != r.Start.Sub(at).Round(0) && r.Late > r.Start.Sub(at) || r.Late < 0 || r.Late > client.StartTolerance {
		t.Errorf("begun at %v, asked for %v, told to be %v late", r.Start, at, r.Late)
	}
	for _, o := range []client.ClockOffset{r.Clock, r.ClockEnd} {
		// It is the same clock: the truth is 0.
		if o.Samples == 0 || o.Offset.Abs() > o.Error+time.Microsecond {
			t.Errorf("the clock is %v ahead of itself, error %v, of %d", o.Offset, o.Error, o.Samples)
		}
	}
	if v := r.View; v == nil || v.Conns != 0 || v.Sessions != 3 || v.FramesIn != 30 || v.FramesOut != 30 || v.BytesOut != r.Wire || v.PayloadOut != r.Payload {
		t.Errorf("the server has counted %+v, the client %+v", v, r.Counts)
	}
	return nil
}

func framesOf(s *servertest.Server, handler string) (n int64) {
	for _, k := range s.Traffic() {
		if k.Handler == handler {
			n += k.FramesIn
		}
	}
	return n
}

func TestStartInThePastIsRefused(t *testing.T) {
	for at, want := range map[time.Duration]string{
		-2 * time.Second:    "that was 2",
		-time.Hour:          "that was 1h0m0",
		8 * 24 * time.Hour:  "want 168h0m0s at most",
		-StartTolerance / 2: "",
	} {
		_, _, err := client.Config{Workload: client.Echo, StartAt: time.Now().Add(at)}.Resolve()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q in it", at, err, want)
		}
	}
}

const StartTolerance = client.StartTolerance

// Who waits for the time to begin can be told to stop.
func TestWaitingForTheStartEnds(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, timeout := range []time.Duration{time.Minute, 2 * time.Hour} { // it waits before connecting, and after
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := client.Run(ctx, client.Config{Workload: client.Echo, Addr: s.Addr, Messages: 1, StartAt: time.Now().Add(time.Hour), Timeout: timeout}, client.Observer{})
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
}

// The plans of the segments of a run add up to that of the whole, as they are
// let go and as they are computed.
func TestPlansAddUp(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := client.Config{Workload: client.Echo, Addr: s.Addr, Conns: 10, Arrival: "poisson:20k", Messages: 3000, Seed: 5}
	whole, err := c.Plan(1e6)
	if err != nil || whole.Messages != 3000 {
		t.Fatal(whole, err)
	}
	for _, n := range []int{1, 3} {
		var sum client.Plan
		for i := range n {
			c := c
			c.Segment = client.Segment{Index: i, Count: n}
			r, err := client.Run(t.Context(), c, client.Observer{})
			if err != nil || r.Plan == nil || r.Plan.Messages != r.Messages {
				t.Fatalf("%+v, %+v, %v", r.Plan, r.Counts, err)
			}
			sum.Messages += r.Plan.Messages
			sum.Sum += r.Plan.Sum
		}
		if sum != whole {
			t.Errorf("%d segments: %+v, the whole %+v", n, sum, whole)
		}
	}
	c.Seed = 6
	if other, _ := c.Plan(1e6); other.Sum == whole.Sum {
		t.Error("another seed has the same plan")
	}
	if _, err := c.Plan(100); err == nil {
		t.Error("a plan of 3000 has 100")
	}
}
