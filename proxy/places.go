package proxy

import (
	"fmt"
)

// Damage says where a direction is damaged: so many times in each window of so
// many bytes, or at offsets. The zero value is nowhere.
//
// A window is divided into Times strata of equal size, and there is one place
// in each, drawn uniformly: whole windows have exactly as many as asked for, and
// no two are the same.
type Damage struct {
	Times, Window int64
	At            []int64 // ascending
}

func (d Damage) on() bool { return d.Times > 0 || len(d.At) > 0 }

func (d Damage) check() error {
	switch {
	case d.Times == 0 && d.Window == 0:
	case len(d.At) > 0:
		return fmt.Errorf("proxy: damage %d times in %d bytes and at offsets: want one of both", d.Times, d.Window)
	case d.Times < 1 || d.Times > maxTimes:
		return fmt.Errorf("proxy: damage %d times: want 1 to %d", d.Times, maxTimes)
	case d.Window < d.Times || d.Window > maxWindow:
		return fmt.Errorf("proxy: damage %d times in %d bytes: want a window of %d to %d bytes", d.Times, d.Window, d.Times, int64(maxWindow))
	}
	if len(d.At) > maxOffsets {
		return fmt.Errorf("proxy: damage at %d offsets: the limit is %d", len(d.At), maxOffsets)
	}
	for i, at := range d.At {
		if at < 0 || i > 0 && at <= d.At[i-1] {
			return fmt.Errorf("proxy: damage at offset %d: want offsets of 0 or more, each greater than the one before", at)
		}
	}
	return nil
}

// never is an offset that no stream reaches.
const never = 1<<63 - 1

// place returns where damage number i is, never if there are not so many.
func (d Damage) place(i int64, key uint64) int64 {
	if d.Times == 0 {
		if i < int64(len(d.At)) {
			return d.At[i]
		}
		return never
	}
	window, stratum := i/d.Times, i%d.Times
	if window >= never/2/d.Window {
		return never
	}
	from, to := stratum*d.Window/d.Times, (stratum+1)*d.Window/d.Times
	return window*d.Window + from + int64(draw(key, uint64(i))%uint64(to-from))
}

// draw returns random number n of a sequence: SplitMix64 (Steele, Lea, Flood
// 2014), whose numbers can be had in any order.
func draw(key, n uint64) uint64 {
	x := key + (n+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Purposes of random numbers: each has a sequence of its own.
const (
	forFlip = iota
	forDrop
	forInsert
	forDup
	forBit
	forByte
	forSlice
	forJitter
)

// keyOf returns the key of a sequence of one direction of one connection.
func keyOf(seed uint64, conn int64, direction, purpose int) uint64 {
	return draw(draw(draw(seed, uint64(conn)), uint64(direction)), uint64(purpose))
}
