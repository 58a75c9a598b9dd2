package client

import (
	"math/rand/v2"
	"testing"
)

// Whatever is acknowledged, what is left of the wire bytes is enough for what is left of the payload; and all of it is all.
func TestUpWire(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var u upWire
	var sent, wire, acked, before int64
	for range 10_000 {
		for range random.IntN(5) {
			payload := random.Int64N(100_000)
			overhead := random.Int64N(100)
			u.wrote(payload, payload+overhead)
			sent, wire = sent+payload, wire+payload+overhead
		}
		more := random.Int64N(sent - acked + 1)
		acked += more
		now := u.acknowledged(acked)
		if now-before < more || now > wire || wire-now < sent-acked {
			t.Fatalf("%d of %d bytes acknowledged: %d wire bytes after %d, of %d", acked, sent, now, before, wire)
		}
		before = now
	}
	if got := u.acknowledged(sent); got != wire || u.writes.n != 0 {
		t.Errorf("all is acknowledged: %d wire bytes of %d, %d writes left", got, wire, u.writes.n)
	}
}
