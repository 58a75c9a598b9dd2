package cli_test

import (
	"errors"
	"io"
	"math"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Both sides get a reset: behind so many bytes, and no earlier than asked for.
func TestProxyReset(t *testing.T) {
	t.Parallel()
	most, least := 0, math.Inf(1)
	for range runs {
		for _, spec := range []string{"reset=@100000", "reset=400ms"} {
			p := impair(t, "--up", spec)
			near, far := p.pair()
			var all sync.WaitGroup
			all.Go(func() {
				if spec != "reset=400ms" {
					_, _ = near.Write(make([]byte, 200_000))
				}
				if _, err := io.ReadAll(near); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%s: the sender sees %v", spec, err)
				}
			})
			came, err := arrivals(far)
			now := time.Now()
			all.Wait()
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: the receiver sees %v", spec, err)
			}
			sum := 0
			for _, a := range came {
				sum += a.n
			}
			if most = max(most, sum); sum > 100_000 {
				t.Errorf("%s: %d bytes", spec, sum)
			}
			if spec == "reset=400ms" {
				took := now.Sub(p.dialed)
				if took < 400*time.Millisecond {
					t.Errorf("%s: after %v", spec, took)
				}
				least = min(least, float64(took)/1e6)
			}
			if n := p.end().Up.Resets; n != 1 {
				t.Errorf("%s: %d resets counted, want 1", spec, n)
			}
		}
	}
	closely(t, "reset=@100000: bytes", float64(most), 100_000)
	closely(t, "reset=400ms: ms", least, 400)
}

// One direction ends at the byte, or at the time, and the other one goes on; an
// end that a peer tells is passed on just so.
func TestProxyHalfClose(t *testing.T) {
	t.Parallel()
	least := math.Inf(1)
	for range runs {
		for spec, want := range map[string]int{"fin=@100000": 100_000, "fin=400ms": 50_000, "none": 200_000} {
			p := impair(t, "--up", spec)
			near, far := p.pair()
			size := map[bool]int{true: 50_000, false: 200_000}[spec == "fin=400ms"]
			var all sync.WaitGroup
			all.Go(func() {
				_, _ = near.Write(make([]byte, size))
				if spec == "none" {
					_ = near.CloseWrite()
				}
				if back, err := io.ReadAll(near); err != nil || len(back) != 70_000 {
					t.Errorf("%s: %d bytes came back, %v", spec, len(back), err)
				}
			})
			got, err := io.ReadAll(far)
			took := time.Since(p.dialed)
			if err != nil || len(got) != want {
				t.Errorf("%s: %d bytes before the end, want %d; %v", spec, len(got), want, err)
			}
			if _, err := far.Write(make([]byte, 70_000)); err != nil {
				t.Errorf("%s: behind the end: %v", spec, err)
			}
			_ = far.CloseWrite()
			all.Wait()
			if spec == "fin=400ms" {
				if took < 400*time.Millisecond {
					t.Errorf("%s: after %v", spec, took)
				}
				least = min(least, float64(took)/1e6)
			}
			if n := p.end().Up.Fins; (n == 1) != (spec != "none") {
				t.Errorf("%s: %d ends counted", spec, n)
			}
		}
	}
	closely(t, "fin=400ms: ms", least, 400)
}
