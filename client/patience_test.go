package client

import (
	"testing"
	"time"
)

// Patiently tries with longer and longer times what a machine that stands still
// for as long as one makes another failure of. try returns an error for what may
// come of that alone: with the longest time, which only a hang can reach, it is
// one. What time has no part in, try tells t at once.
func Patiently(t *testing.T, d time.Duration, try func(time.Duration) error) {
	t.Helper()
	for ; ; d *= 4 {
		err := try(d)
		if err == nil {
			return
		}
		if d > 10*time.Second {
			t.Errorf("with %v: %v", d, err)
			return
		}
		t.Logf("with %v: %v", d, err)
	}
}

// tryAgain tries a few times what a thread that stands still at the wrong moment
// makes another result of, which no wait cures: try returns an error for that alone.
func tryAgain(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for range 5 {
		if err = try(); err == nil {
			return
		}
		t.Log(err)
	}
	t.Error(err)
}
