package client

import "testing"

// The window finds its messages wherever it has grown to, and knows late ones.
func TestUDPWindow(t *testing.T) {
	w := udpWindow{byCRC: map[uint32]int64{}}
	for i := range int64(1000) {
		w.put(i, stamp{sent: i}, uint32(i+1))
	}
	if n := w.expire(499); n != 500 || w.open.Load() != 500 || w.oldest != 500 {
		t.Fatal(n, w.open.Load(), w.oldest)
	}
	for _, i := range []int64{999, 500, 499, 0} {
		s, was := w.settle(i)
		if want := map[bool]slotState{true: slotWaiting, false: slotLost}[i >= 500]; was != want || s.sent != i || w.byCRC[uint32(i+1)] != i {
			t.Errorf("%d: %v %v", i, s, was)
		}
		if _, was := w.settle(i); was != slotDone {
			t.Errorf("%d again: %v", i, was)
		}
	}
	if w.oldest != 501 || w.open.Load() != 498 {
		t.Error(w.oldest, w.open.Load())
	}
	for i := int64(1000); i < 1100; i++ {
		w.put(i, stamp{sent: i}, uint32(i+1))
	}
	if _, was := w.settle(1); was != slotGone || len(w.byCRC) != len(w.ring) {
		t.Errorf("%v, %d receipts known of %d", was, len(w.byCRC), len(w.ring))
	}
}
