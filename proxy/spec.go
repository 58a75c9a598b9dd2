package proxy

import (
	"fmt"
	"reflect"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// Limits of a Spec.
const (
	maxSlice   = 64 << 10
	maxDup     = 64 << 10
	maxBuffer  = 1 << 30
	maxOffsets = 1024
	maxWindow  = 1 << 40 // bytes that a frequency is about
	maxTimes   = 1 << 20 // of a frequency
)

// Spec says what happens to one direction of each connection. The zero value
// is nothing: bytes pass as fast as they come.
type Spec struct {
	Seed uint64

	Delay  time.Duration // of each byte, from when it was read
	Jitter time.Duration // added to and taken from Delay, once for what each read returned; at most Delay. Order is kept
	Normal bool          // Jitter is a standard deviation, cut off at Delay; else the bounds of a uniform distribution

	Rate  units.Rate // bits/s of a token bucket; 0: no limit
	Burst int64      // bytes that the bucket holds; 0: 10 ms at Rate, at least 1448

	SliceMin, SliceMax int           // bytes of a write, drawn anew for each; equal: always so many; 0: as they come
	Gap                time.Duration // between two writes, at least

	Flip   Damage // a bit of a byte is inverted
	Drop   Damage // a byte is left out
	Insert Damage // a byte is put before this one
	Dup    Damage // the DupLen bytes from this one on are sent twice
	DupLen int    // 0: 64

	Stall     Stall
	Blackhole When // from here on bytes and the end are swallowed
	Fin       When // the receiver is told the end; the rest is swallowed, the other direction goes on
	Reset     When // both peers are sent RST

	Buffer int64 // bytes that may wait in the proxy; 0: 64 KiB, and 4 MiB with a Delay
}

// When is a moment of a direction. The zero value is never.
type When struct {
	On     bool
	Offset int64         // as soon as so many bytes have come and what they became was written
	After  time.Duration // if > 0: so long after the connection was made; Offset does not count
}

// Stall holds a direction for a while: once at an offset, or again and again.
type Stall struct {
	Hold   time.Duration // 0: no stall
	Offset int64         // once, when so many bytes have passed
	Every  time.Duration // if > 0: each time that so much has passed since the connection was made; more than Hold
}

// defaults of fields whose zero value is not what is done.
const (
	defaultDup     = 64
	leastBurst     = 1448
	plainBuffer    = 64 << 10
	delayingBuffer = 4 << 20
)

func (s *Spec) dupLen() int {
	if s.DupLen == 0 {
		return defaultDup
	}
	return s.DupLen
}

func (s *Spec) burst() int64 {
	if s.Burst == 0 {
		return max(int64(s.Rate)/800, leastBurst)
	}
	return s.Burst
}

func (s *Spec) buffer() int64 {
	switch {
	case s.Buffer > 0:
		return s.Buffer
	case s.Delay > 0:
		return delayingBuffer
	}
	return plainBuffer
}

// Idle tells whether the Spec leaves a direction as it is, whatever its seed.
func (s Spec) Idle() bool {
	s.Seed, s.Buffer = 0, 0
	return reflect.ValueOf(s).IsZero()
}

// Check returns what is wrong with a Spec, nil if nothing is. [ParseSpec] and
// [Start] call it.
func (s *Spec) Check() error {
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"delay", s.Delay}, {"jitter", s.Jitter}, {"gap", s.Gap}, {"stall", s.Stall.Hold}, {"stall", s.Stall.Every}, {"blackhole", s.Blackhole.After}, {"fin", s.Fin.After}, {"reset", s.Reset.After}} {
		if d.value < 0 || d.value > 24*time.Hour {
			return fmt.Errorf("proxy: %s %v: want 0 to 24h", d.key, d.value)
		}
	}
	for _, n := range []struct {
		key             string
		value, low, top int64
	}{
		{"burst", s.Burst, 0, maxBuffer}, {"buffer", s.Buffer, 0, maxBuffer}, {"duplen", int64(s.DupLen), 0, maxDup}, {"rate", int64(s.Rate), 0, 1e12},
		{"slice", int64(s.SliceMin), 0, maxSlice}, {"slice", int64(s.SliceMax), int64(s.SliceMin), maxSlice},
	} {
		if n.value < n.low || n.value > n.top {
			return fmt.Errorf("proxy: %s %d: want %d to %d", n.key, n.value, n.low, n.top)
		}
	}
	switch {
	case s.Jitter > s.Delay:
		return fmt.Errorf("proxy: jitter %v: more than the delay of %v, and nothing can leave before it came", s.Jitter, s.Delay)
	case s.Normal && s.Jitter == 0:
		return fmt.Errorf("proxy: dist without jitter: there is nothing to distribute")
	case s.Burst > 0 && s.Rate == 0:
		return fmt.Errorf("proxy: burst %d without rate: there is no bucket", s.Burst)
	case s.SliceMin == 0 && s.SliceMax > 0:
		return fmt.Errorf("proxy: slice 0..%d: a write has at least a byte", s.SliceMax)
	case s.DupLen > 0 && !s.Dup.on():
		return fmt.Errorf("proxy: duplen %d without dup: nothing is repeated", s.DupLen)
	case s.Stall.Hold == 0 && s.Stall != Stall{}:
		return fmt.Errorf("proxy: stall 0: want how long")
	case s.Stall.Every > 0 && s.Stall.Every <= s.Stall.Hold:
		return fmt.Errorf("proxy: stall %v every %v: no time is left to pass anything", s.Stall.Hold, s.Stall.Every)
	case s.Stall.Every > 0 && s.Stall.Offset != 0 || s.Stall.Offset < 0:
		return fmt.Errorf("proxy: stall at %d: want an offset of 0 or more, or an interval, not both", s.Stall.Offset)
	}
	for _, w := range []When{s.Blackhole, s.Fin, s.Reset} {
		if w.Offset < 0 || w.After > 0 && w.Offset != 0 || !w.On && w != (When{}) {
			return fmt.Errorf("proxy: moment %+v: want an offset of 0 or more, or a time, not both", w)
		}
	}
	for _, d := range []Damage{s.Flip, s.Drop, s.Insert, s.Dup} {
		if err := d.check(); err != nil {
			return err
		}
	}
	return nil
}
