package client

import (
	"testing"
	"time"
)

// What is counted when the last interval has been told has a time of its own: an
// interval without one would have rates without end.
func TestLateCountsHaveTheirTime(t *testing.T) {
	const told, now = 500 * time.Millisecond, 700 * time.Millisecond
	for _, tt := range []struct {
		name  string
		quiet time.Duration // the last thing that the worker remembers; 0: it is at work
		late  int64         // messages behind the last interval
		want  time.Duration
	}{
		{"at work", 0, 0, now},
		{"quiet before", told / 2, 0, told},
		{"quiet before, and counted late", told / 2, 3, now},
		{"quiet since", told + 1, 3, told + 1},
	} {
		w := &worker{}
		w.quiet.Store(int64(tt.quiet))
		w.count.messages.Store(7 + tt.late)
		k := &ticker{workers: []*worker{w}, toldTill: told, told: Counts{Messages: 7}}
		if got := k.end(now); got != tt.want {
			t.Errorf("%s: ended at %v, want %v", tt.name, got, tt.want)
		}
	}
}
