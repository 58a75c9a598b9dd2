package server

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Connections that share a rate have it together and no more, however many they
// are, and each the same part of it: also one that comes when the others have
// used it up.
func TestSharedRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, conns, span = 1_000_000, 10, 20 * time.Second
		r := newRate(limit, new(atomic.Int64))
		r.conns.Store(conns)
		var sums [conns]atomic.Int64
		now := func() (had [conns]int64) {
			synctest.Wait()
			for i := range had {
				had[i] = sums[i].Load()
			}
			return had
		}
		begin := time.Now()
		end := begin.Add(span)
		for i := range conns {
			go func() {
				if i == 0 {
					time.Sleep(span / 2) // the late one
				}
				for time.Now().Before(end) {
					n := int(r.turn())
					if i == 1 {
						n = min(n, 1500) // wants less at a time
					}
					sums[i].Add(int64(n))
					r.spend(outward, n)
					time.Sleep(r.wait(outward))
				}
			}()
		}
		time.Sleep(span / 2)
		half := now()
		time.Sleep(span)
		had := now()
		var sum int64
		for _, n := range had {
			sum += n
		}
		most := limit*int64(span/time.Second) + limit/10*int64(paceBurst/(100*time.Millisecond)) + limit/10 // a silence's share, and a turn of each
		if least := limit * int64(span/time.Second); sum < least || sum > most {
			t.Errorf("%d bytes in %v, want from %d to %d", sum, span, least, most)
		}
		for i, n := range had {
			if i != 1 && i != 2 && n-half[i] < (had[2]-half[2])*9/10 {
				t.Errorf("connection %d had %d bytes of the second half, connection 2 had %d", i, n-half[i], had[2]-half[2])
			}
		}
	})
}

// Addresses that have gone in debt are kept until it is paid, a bounded number of
// them, and then nothing is.
func TestDebtorsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r room
		r.init(Limits{MaxRatePerAddr: 1000}, new(atomic.Int64))
		r.fds = 1 << 30
		addr := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
		locked := func(check func()) { // what timers have changed is seen
			synctest.Wait()
			r.mu.Lock()
			defer r.mu.Unlock()
			check()
		}
		come := func(i, n int) {
			p, _, text := r.enter(0, 1, addr(i))
			if text != "" {
				t.Fatal(text)
			}
			if n > 0 {
				p.rate.spend(inward, n)
			}
			r.leave(p)
		}
		come(0, 0)
		locked(func() {
			if len(r.peers) != 0 {
				t.Errorf("%d addresses without a debt are kept", len(r.peers))
			}
		})
		for range 100 {
			come(0, 1000) // 100 seconds' worth
		}
		for i := range 100_000 {
			come(1+i, 60_000)
		}
		locked(func() {
			if len(r.peers) != maxDebtors || r.debtors != maxDebtors {
				t.Errorf("%d addresses are kept and %d counted, want %d", len(r.peers), r.debtors, maxDebtors)
			}
		})
		time.Sleep(61 * time.Second)
		locked(func() {
			if len(r.peers) != 1 || r.peers[addr(0)] == nil || r.peers[addr(0)].rate.anew() < 38*time.Second {
				t.Errorf("%d addresses are kept after a minute, want the one with the greater debt", len(r.peers))
			}
		})
		come(0, 10_000) // it comes back, and pays for both
		time.Sleep(40 * time.Second)
		locked(func() {
			if len(r.peers) != 1 {
				t.Error("a debt was forgotten before it was paid")
			}
		})
		time.Sleep(10 * time.Second)
		locked(func() {
			if len(r.peers) != 0 || r.debtors != 0 {
				t.Errorf("%d addresses, %d debtors are left", len(r.peers), r.debtors)
			}
		})
		come(0, 1_000_000)
		r.close() // the bubble ends with no timer that waits
	})
}
