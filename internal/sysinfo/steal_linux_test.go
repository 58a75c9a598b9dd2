package sysinfo

import (
	"testing"
	"time"
)

func TestSteal(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"cpu  1 2 3 4 5 6 7 80 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n": 800 * time.Millisecond,
		"cpu 1 2 3 4 5 6 7 0": 0,
	} {
		if got, ok := parseSteal([]byte(stat)); got != want || !ok {
			t.Errorf("%q: %v, %v, want %v", stat, got, ok, want)
		}
	}
	for _, stat := range []string{"", "cpu", "cpu 1 2 3 4 5 6 7", "cpu 1 2 3 4 5 6 7 x", "intr 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7 -1"} {
		if got, ok := parseSteal([]byte(stat)); ok {
			t.Errorf("%q: %v", stat, got)
		}
	}
	if _, ok := Steal(); !ok {
		t.Error("not told on this machine")
	}
}
