package server

import (
	"net/netip"
	"testing"
	"time"
)

// Addresses without number leave the table as small as it is, and take nothing
// from one that was there.
func TestUDPBudgetIsBounded(t *testing.T) {
	b := newUDPBudget(1000)
	now := time.Now()
	known := netip.MustParseAddr("192.0.2.1")
	if b.take(known, 900, now) > 0 {
		t.Error("refused 900 of 1000")
	}
	for i := range 100_000 {
		now = now.Add(20 * time.Microsecond)
		b.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 10, now)
		if i%1000 == 0 {
			b.take(known, 0, now)
		}
		if len(b.now) > 2*budgetAddresses || len(b.last) > 2*budgetAddresses {
			t.Fatalf("%d and %d addresses, limit %d", len(b.now), len(b.last), 2*budgetAddresses)
		}
	}
	if b.take(known, 1001, now) > 0 { // two seconds later its bucket is full, and gives no more than that
		t.Error("refused a full bucket")
	}
	if wait := b.take(known, 500, now); wait < 500*time.Millisecond || wait > 502*time.Millisecond { // one is owed
		t.Errorf("%v to wait for 500 at 1000 a second", wait)
	}
	// Of IPv6 one host has 2^64 addresses, and one budget.
	if b.take(netip.MustParseAddr("2001:db8::1"), 1000, now) > 0 || b.take(netip.MustParseAddr("2001:db8::ffff"), 1, now) == 0 {
		t.Error("two addresses of one network have a budget each")
	}
}
