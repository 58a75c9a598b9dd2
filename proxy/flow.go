package proxy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Directions, as random numbers are told apart.
const (
	up = iota
	down
)

const (
	readSize = 32 << 10
	outSize  = 64 << 10 // to which one piece of damaged bytes grows, and a repeated range more
)

var (
	errStopped  = errors.New("proxy: connection over")
	errReset    = errors.New("proxy: reset by the spec")
	errSender   = errors.New("proxy: sender gone")   // the receiver is told at once
	errReceiver = errors.New("proxy: receiver gone") // what it had sent may still be on its way
)

// receiver is what a flow needs of the connection that it writes to.
type receiver interface {
	io.Writer
	CloseWrite() error
}

// flow is one impaired direction of a connection. fill runs in one goroutine,
// drain in another one.
type flow struct {
	spec   *Spec
	dst    receiver
	done   <-chan struct{} // closed when the connection is over
	counts *counts
	queue  *queue
	delay  delayer
	bucket bucket
	slicer slicer
	damage *damager
	moment []moment // at offsets, in order

	begin   time.Time
	off     int64     // bytes that were taken into account
	written time.Time // the last write
	hold    time.Time // nothing passes before
	stalled int64     // number of the last interval that a stall was counted in
	swallow bool      // behind fin and blackhole
	mute    bool      // behind a blackhole: the end is not told either
	finAt   time.Time // zero: none by time
	timer   *time.Timer
	out     []byte
}

// moment is something that happens at an offset.
type moment struct {
	offset int64
	act    func(*flow) error
}

func newFlow(s *Spec, conn int64, direction int, dst receiver, c *counts, events int, done <-chan struct{}) *flow {
	now := time.Now()
	f := &flow{
		spec: s, dst: dst, done: done, counts: c, begin: now,
		queue: newQueue(s.buffer()), delay: newDelayer(s, conn, direction), bucket: newBucket(s, now),
		slicer: slicer{least: s.SliceMin, most: s.SliceMax, key: keyOf(s.Seed, conn, direction, forSlice)},
		damage: newDamager(s, conn, direction, c, events), timer: time.NewTimer(0),
	}
	if s.Stall.Hold > 0 && s.Stall.Every == 0 {
		f.moment = append(f.moment, moment{s.Stall.Offset, (*flow).stall})
	}
	for _, m := range []struct {
		when When
		act  func(*flow) error
	}{{s.Blackhole, (*flow).blackhole}, {s.Fin, (*flow).fin}, {s.Reset, (*flow).reset}} {
		if m.when.On && m.when.After == 0 {
			f.moment = append(f.moment, moment{m.when.Offset, m.act})
		}
	}
	slices.SortStableFunc(f.moment, func(a, b moment) int { return cmp.Compare(a.offset, b.offset) })
	if s.Fin.After > 0 {
		f.finAt = now.Add(s.Fin.After)
	}
	return f
}

// fill reads until the end or until stop is closed.
func (f *flow) fill(src io.Reader, stop <-chan struct{}) {
	buf := make([]byte, readSize)
	for {
		n, err := src.Read(buf)
		now := time.Now()
		f.counts.in.Add(int64(n))
		if n > 0 && !f.queue.push(chunk{data: bytes.Clone(buf[:n]), came: now}, stop) {
			f.counts.discarded.Add(int64(n))
			return
		}
		if err != nil {
			f.queue.push(chunk{came: now, err: err}, stop)
			return
		}
	}
}

// drain passes on what fill read. It returns nil when it has told the receiver
// the end, or kept it to itself as asked; else why it stopped.
func (f *flow) drain() error {
	defer f.timer.Stop()
	for {
		if err := f.moments(); err != nil {
			return err
		}
		c, err := f.take()
		if err != nil {
			return err
		}
		if after := f.spec.Blackhole.After; after > 0 && !f.mute && !c.came.Before(f.begin.Add(after)) {
			_ = f.blackhole()
		}
		if !f.swallow {
			if err := f.wait(f.delay.due(c.came)); err != nil {
				f.counts.discarded.Add(int64(len(c.data)))
				return err
			}
		}
		if c.err != nil {
			return f.end(c.err)
		}
		if err := f.pass(c.data); err != nil {
			return err
		}
	}
}

// take returns the next chunk, and tells the end while it waits if that is due.
func (f *flow) take() (chunk, error) {
	for {
		if c, ok := f.queue.pop(); ok {
			return c, nil
		}
		var alarm <-chan time.Time
		if !f.finAt.IsZero() {
			f.timer.Reset(time.Until(f.finAt))
			alarm = f.timer.C
		}
		select {
		case <-f.queue.filled:
		case <-alarm:
			if err := f.fin(); err != nil {
				return chunk{}, err
			}
		case <-f.done:
			return chunk{}, errStopped
		}
	}
}

// pass does what the Spec says to bytes and writes what they become.
func (f *flow) pass(b []byte) error {
	for len(b) > 0 {
		n := len(b)
		if len(f.moment) > 0 {
			n = int(min(int64(n), f.moment[0].offset-f.off))
		}
		if f.swallow {
			f.counts.discarded.Add(int64(n))
		} else {
			f.out, n = f.damage.apply(f.out[:0], b[:n], outSize)
			if err := f.send(f.out); err != nil {
				f.counts.discarded.Add(int64(len(b) - n))
				return err
			}
		}
		f.off += int64(n)
		b = b[n:]
		if err := f.moments(); err != nil {
			f.counts.discarded.Add(int64(len(b)))
			return err
		}
	}
	return nil
}

// send writes in slices, each when it is due.
func (f *flow) send(out []byte) error {
	for len(out) > 0 {
		n := len(out)
		if f.spec.Rate > 0 {
			n = int(min(int64(n), f.spec.burst())) // a bucket never holds more: waiting for it all would be a lump
		}
		n = f.slicer.next(n)
		now := time.Now()
		due := f.bucket.take(n, now)
		if next := f.written.Add(f.spec.Gap); f.spec.Gap > 0 && next.After(due) {
			due = next
		}
		err := f.wait(due)
		if err == nil {
			err = f.release()
		}
		if err != nil || f.swallow {
			f.counts.discarded.Add(int64(len(out)))
			return err
		}
		w, err := f.dst.Write(out[:n])
		f.counts.writes.Add(1)
		f.counts.out.Add(int64(w))
		if err != nil {
			f.counts.discarded.Add(int64(len(out) - w))
			return fmt.Errorf("%w: %w", errReceiver, err)
		}
		f.written = time.Now()
		out = out[n:]
	}
	return nil
}

// end tells the receiver how the sender ended.
func (f *flow) end(err error) error {
	if !f.swallow {
		if err := f.release(); err != nil {
			return err
		}
	}
	if f.swallow { // also since a while ago: the end may come by time in release
		return nil
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errSender, err)
	}
	_ = f.dst.CloseWrite() // it fails if the receiver is gone, who then needs no end
	return nil
}

// wait returns at a time, or with an error before it when the connection is
// over. An end that falls due meanwhile is told in time.
func (f *flow) wait(until time.Time) error {
	for {
		at := until
		ends := !f.finAt.IsZero() && !f.finAt.After(until)
		if ends {
			at = f.finAt
		}
		if left := time.Until(at); left > 0 {
			f.timer.Reset(left)
			select {
			case <-f.timer.C:
			case <-f.done:
				return errStopped
			}
		}
		if !ends {
			return nil
		}
		if err := f.fin(); err != nil || f.swallow {
			return err
		}
	}
}
