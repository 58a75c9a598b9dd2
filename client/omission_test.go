package client_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/sysinfo"
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
//
// How late at the most a busy machine decides, too: that is looked at with -long
// alone, and a run that the hypervisor took processors from is taken again.
func TestCoordinatedOmission(t *testing.T) {
	for _, depth := range []int{0, 1} {
		for attempt := 1; ; attempt++ {
			before, told := sysinfo.Steal()
			over := omission(t, depth)
			after, _ := sysinfo.Steal()
			if len(over) == 0 || !*long || t.Failed() {
				break
			}
			if stolen := after - before; told && stolen >= 10*time.Millisecond && attempt < 8 {
				t.Logf("depth %d, once more, since the hypervisor took %v: %s", depth, stolen, strings.Join(over, "; "))
				continue
			}
			t.Error(strings.Join(over, "; "))
			break
		}
	}
}

// omission makes a run, and returns what is later than the stalls make it.
func omission(t *testing.T, depth int) (over []string) {
	duration := 2 * time.Second
	if *long {
		duration = 20 * time.Second
	}
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
		if float64(got) > float64(want[rank])+slack || float64(got) < float64(least[rank])-slack {
			over = append(over, fmt.Sprintf("depth %d: response p%v is %v, not within 5 %% of %v to %v", depth, q, time.Duration(got), time.Duration(least[rank]), time.Duration(want[rank])))
		}
		t.Logf("depth %d: p%v: response %v, from the schedule %v to %v, service %v", depth, q, time.Duration(got), time.Duration(least[rank]), time.Duration(want[rank]), time.Duration(r.Service.ValueAtQuantile(q)))
	}
	return over
}
