package cli_test

import (
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lateness sends one byte after the other on each of some connections, each when
// the one before has come, so that each is a read of its own and none waits. It
// returns by how much each was late, in ms, in order: the least of all runs, which
// draw the same for it.
func lateness(t *testing.T, spec string, conns, bytes int) []float64 {
	t.Helper()
	least := make([]float64, conns*bytes)
	for i := range least {
		least[i] = math.Inf(1)
	}
	for range runs {
		p := impair(t, "--up", spec)
		var all sync.WaitGroup
		for c := range conns {
			near, far := p.pair()
			all.Go(func() {
				b := make([]byte, 1)
				for i := range bytes {
					sent := time.Now()
					if _, err := near.Write(b); err != nil {
						t.Error(err)
						return
					}
					if _, err := io.ReadFull(far, b); err != nil {
						t.Error(err)
						return
					}
					v := &least[c*bytes+i]
					*v = min(*v, float64(time.Since(sent))/1e6)
				}
			})
		}
		all.Wait()
		p.end()
	}
	slices.Sort(least)
	return least
}

func TestProxyDelay(t *testing.T) {
	t.Parallel()
	for asked, spec := range map[float64]string{20: "delay=20ms", 150: "delay=150ms"} {
		late := lateness(t, spec, 4, 15)
		if late[0] < asked {
			t.Errorf("%s: one byte took %g ms", spec, late[0])
		}
		closely(t, spec+": least, ms", late[0], asked)
	}
}

// Half of the bytes are late by less than the delay, and nine tenths lie as far
// apart as the distribution says: 0.9 of a uniform one's width, 2*1.6449 standard
// deviations of a normal one. Its ends proper would tell of the machine's worst.
func TestProxyJitter(t *testing.T) {
	t.Parallel()
	for spec, width := range map[string]float64{"delay=100ms,jitter=40ms,seed=1": 0.9 * 80, "delay=100ms,jitter=20ms,dist=normal,seed=1": 2 * 1.6449 * 20} {
		late := lateness(t, spec, 150, 12)
		n := len(late)
		closely(t, spec+": median", late[n/2], 100)
		closely(t, spec+": width of 0.9", late[n*95/100]-late[n*5/100], width)
		if !strings.Contains(spec, "normal") && late[0] < 60 {
			t.Errorf("%s: one byte took %g ms", spec, late[0])
		}
	}
}
