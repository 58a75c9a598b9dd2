package client

import (
	"reflect"
	"testing"
)

// A sum, or a difference, that forgets one of the counts would still add up for all others.
func TestCountsForgetNothing(t *testing.T) {
	var n counters
	n.messages.Store(1)
	n.payload.Store(2)
	n.wire.Store(3)
	n.reads.Store(4)
	n.writes.Store(5)
	n.verifyErrors.Store(6)
	n.sent.Store(7)
	n.lost.Store(8)
	n.reordered.Store(9)
	n.duplicated.Store(10)
	n.late.Store(11)
	c := n.read()
	twice, none := reflect.ValueOf(c.plus(c)), reflect.ValueOf(c.minus(c))
	for i := range reflect.TypeFor[Counts]().NumField() {
		name, want := reflect.TypeFor[Counts]().Field(i).Name, int64(i+1)
		if got := reflect.ValueOf(c).Field(i).Int(); got != want {
			t.Errorf("%s: %d is read, want %d", name, got, want)
		}
		if got := twice.Field(i).Int(); got != 2*want {
			t.Errorf("%s: twice %d is %d", name, want, got)
		}
		if got := none.Field(i).Int(); got != 0 {
			t.Errorf("%s: less itself it is %d", name, got)
		}
	}
}
