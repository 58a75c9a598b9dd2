package client

import (
	"fmt"
	"strconv"

	"github.com/loadframe/loadframe/codec"
)

// puller takes files on one connection. Their content goes on from one to the
// next.
type puller struct {
	*worker
	reader *codec.Reader // of framed files
	buf    []byte        // of raw ones
	bound  int64         // payload bytes to take in all
	got    int64         // of them taken
	end    int64         // got, when the present file is complete
}

// newPuller prepares a connection of pull, with all its memory.
func newPuller(w *worker) *puller {
	p := &puller{worker: w, bound: w.cfg.byteBound(w.id, w.session.frame)}
	w.lowat = newLowat(w.session.nc)
	if codec.Delimits(w.codec) {
		// Twice the frame, so that a frame which lies across the end of one
		// read is not moved more than half of the time.
		p.reader = codec.NewReaderBuffer(p, w.codec, make([]byte, max(defaultRead, 2*w.codec.Bound(w.session.frame))))
	} else {
		p.buf = make([]byte, w.cfg.Size)
	}
	return p
}

// drive asks for generated files and takes them until the bound.
func (p *puller) drive() error {
	if p.clock.end > 0 {
		if err := p.session.nc.SetDeadline(p.clock.start.Add(p.clock.end)); err != nil {
			return err
		}
	}
	take := p.takeRaw
	if p.reader != nil {
		take = p.takeFrames
	}
	for p.got < p.bound {
		if err := p.request(p.next()); err != nil {
			return err
		}
		if err := take(); err != nil || p.bad != nil {
			return err
		}
	}
	return nil
}

// next returns how many bytes to ask for: what is left, or as many whole frames
// as the server sends in one file.
func (p *puller) next() int64 {
	n := min(p.bound-p.got, 1<<40) // the server may allow more; no need to try
	m := p.session.maxTransfer
	if m == 0 || n <= m {
		return n
	}
	if frame := int64(p.session.frame); p.reader != nil && m >= frame {
		return m - m%frame
	}
	return m
}

func (p *puller) request(n int64) error {
	b, err := p.codec.Append(nil, strconv.AppendInt(nil, n, 10))
	if err != nil {
		return err
	}
	p.end = p.got + n
	return p.write(b)
}

// Read is the worker's, with the kernel told how much is worth a wake-up: what
// is still owed at the least (framing only adds to it), or the tail of a file
// would never wake us.
func (p *puller) Read(b []byte) (int, error) {
	owed := p.end - p.got
	if p.reader != nil {
		owed -= int64(p.reader.Buffered())
	}
	p.lowat.await(owed)
	n, err := p.worker.Read(b)
	p.lowat.arrived(n)
	return n, err
}

func (p *puller) takeRaw() error {
	for p.got < p.end {
		n, err := p.Read(p.buf)
		if owed := p.end - p.got; int64(n) > owed {
			p.mismatch(nil, fmt.Errorf("verify: %d bytes more than the %d asked for", int64(n)-owed, p.end))
			return nil
		}
		if n > 0 && !p.taken(p.buf[:n]) {
			return p.refused
		}
		if err != nil && p.got < p.end {
			return err
		}
	}
	return nil
}

func (p *puller) takeFrames() error {
	for p.got < p.end {
		frame, err := p.reader.Next()
		if err != nil {
			return err
		}
		if p.got == 0 && p.cfg.Plain && len(frame) > 0 && !p.isRefusal(frame) {
			p.session.frame = len(frame) // the server could not be told, and did not tell
		}
		size := int64(len(frame))
		want := min(int64(p.session.frame), p.end-p.got)
		if size != want && (p.cfg.Verify != VerifyNone || size == 0 || size > p.end-p.got) {
			p.mismatch(frame, fmt.Errorf("verify: frame of %d bytes after %d, expected %d", size, p.got, want))
			return p.refused
		}
		if !p.taken(frame) {
			return p.refused
		}
	}
	if n := p.reader.Buffered(); n > 0 {
		p.mismatch(nil, fmt.Errorf("verify: %d bytes more than the %d asked for", n, p.end))
	}
	return nil
}

// taken verifies and counts payload bytes; false if they are wrong.
func (p *puller) taken(b []byte) bool {
	if p.got == 0 && p.isRefusal(b) {
		return false
	}
	if p.cfg.Verify == VerifyFull && !p.check(p.got, b) {
		return false
	}
	p.got += int64(len(b))
	p.count.payload.Store(p.got)
	add(&p.count.messages, 1)
	return true
}
