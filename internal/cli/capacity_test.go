package cli

import (
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/units"
)

// A closed loop that nobody answered is made ten times as long, a second at least, and beyond that no longer than the search may take.
func TestPatience(t *testing.T) {
	for _, c := range []struct{ length, maxTime, omit, least, most time.Duration }{
		{time.Microsecond, time.Minute, 0, time.Second, time.Second},
		{100 * time.Millisecond, time.Millisecond, 0, time.Second, time.Second},
		{500 * time.Millisecond, time.Hour, 0, 5 * time.Second, 5 * time.Second},
		{time.Minute, 0, 0, 10 * time.Minute, 10 * time.Minute},
		{time.Minute, time.Hour, 55 * time.Minute, time.Second, 5 * time.Minute},
		{time.Minute, time.Minute, 0, time.Second, time.Minute}, // not longer: it is not run again
	} {
		h := &hunt{flags: &capacityFlags{maxTime: units.Duration(c.maxTime)}, closed: client.Config{Omit: c.omit}, began: time.Now()}
		if got := h.patience(c.length); got < c.least || got > c.most {
			t.Errorf("after %v, with --max-time %v and -O %v: %v, want %v to %v", c.length, c.maxTime, c.omit, got, c.least, c.most)
		}
	}
}
