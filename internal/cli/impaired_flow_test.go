package cli_test

import (
	"io"
	"math"
	"slices"
	"sync"
	"testing"
	"time"
)

// A long transfer, less what the bucket holds at its beginning.
func TestProxyRate(t *testing.T) {
	t.Parallel()
	const burst, size, asked = 256 << 10, 5 << 20, 20e6 / 8
	fastest := 0.0
	for range runs {
		p := impair(t, "--up", "rate=20Mbit,burst=256KiB")
		near, far := p.pair()
		begin := time.Now()
		var all sync.WaitGroup
		all.Go(func() { _, _ = near.Write(make([]byte, size)); _ = near.CloseWrite() })
		came, err := arrivals(far)
		all.Wait()
		if err != nil {
			t.Fatal(err)
		}
		took := came[len(came)-1].at.Sub(begin).Seconds()
		// A bucket that was not drawn on since its connection was made is full.
		if most := asked*took + burst; size > most {
			t.Errorf("%d bytes in %g s, at most %.0f", size, took, most)
		}
		fastest = max(fastest, (size-burst)/took)
		if n := p.end().Up; n.In != size || n.Out != size {
			t.Errorf("counted %d bytes in and %d out, want %d", n.In, n.Out, size)
		}
	}
	closely(t, "rate=20Mbit: MB/s", fastest/1e6, asked/1e6)
}

// The receiver finds the cuts where the sender's writes have none: at each
// multiple of the size, at the same places for the same seed, and as far apart
// in time as asked for.
func TestProxySlices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec     string
		gap      time.Duration
		size     int
		mean     float64
		multiple int
	}{
		{"slice=7,gap=40ms", 40 * time.Millisecond, 350, 7, 7},
		{"slice=1..99,gap=1ms,seed=3", time.Millisecond, 50_000, 50, 1},
	} {
		cuts := map[int]bool{}
		between := math.Inf(1)
		for range runs {
			p := impair(t, "--up", c.spec)
			near, far := p.pair()
			begin := time.Now()
			if _, err := near.Write(make([]byte, c.size)); err != nil {
				t.Fatal(err)
			}
			_ = near.CloseWrite()
			came, err := arrivals(far)
			if err != nil {
				t.Fatal(err)
			}
			at, gaps := 0, []float64{}
			for i, a := range came {
				if at += a.n; at%c.multiple != 0 {
					t.Fatalf("%s: a cut at %d", c.spec, at)
				}
				cuts[at] = true
				if i > 0 {
					gaps = append(gaps, float64(a.at.Sub(came[i-1].at))/1e6)
				}
			}
			slices.Sort(gaps)
			between = min(between, gaps[len(gaps)/2])
			far.Close()
			_, _ = io.ReadAll(near)
			writes := p.end().Up.Writes
			if took := came[len(came)-1].at.Sub(begin); took < time.Duration(writes-1)*c.gap {
				t.Errorf("%s: %d writes within %v", c.spec, writes, took)
			}
			closely(t, c.spec+": bytes of a write, counted", float64(c.size)/float64(writes), c.mean)
		}
		closely(t, c.spec+": bytes of a slice", float64(c.size)/float64(len(cuts)), c.mean)
		if c.gap > 10*time.Millisecond { // of a shorter one a timer's own lateness is more than 5 %
			closely(t, c.spec+": gap, ms", between, float64(c.gap)/1e6)
		}
	}
}

// What stands behind the offset waits, and nothing before it.
func TestProxyStall(t *testing.T) {
	t.Parallel()
	const at = 64 << 10
	least := math.Inf(1)
	for range runs {
		p := impair(t, "--up", "stall=400ms@64KiB")
		near, far := p.pair()
		begin := time.Now()
		var all sync.WaitGroup
		all.Go(func() { _, _ = near.Write(make([]byte, 2*at)); _ = near.CloseWrite() })
		came, err := arrivals(far)
		all.Wait()
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for i, a := range came {
			if sum += a.n; sum < at {
				continue
			}
			if sum > at { // this reader was late by the whole stall, or there was none
				if took := a.at.Sub(begin); took < 400*time.Millisecond {
					t.Fatalf("%d bytes came within %v, want %d", sum, took, at)
				}
				break
			}
			if took := came[i+1].at.Sub(begin); took < 400*time.Millisecond {
				t.Errorf("a stall ended after %v", took)
			}
			least = min(least, float64(came[i+1].at.Sub(a.at))/1e6)
			break
		}
		if n := p.end().Up.Stalls; n != 1 {
			t.Errorf("%d stalls counted, want 1", n)
		}
	}
	closely(t, "stall=400ms: ms", least, 400)
}
