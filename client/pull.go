package client

import (
	"fmt"
	"strconv"

	"github.com/loadframe/loadframe/codec"
)

// pull asks for generated files and takes them until the bound.
func (w *worker) pull() error {
	if w.clock.end > 0 {
		if err := w.session.nc.SetDeadline(w.clock.start.Add(w.clock.end)); err != nil {
			return err
		}
	}
	p := &puller{worker: w}
	take := p.takeRaw
	if codec.Delimits(w.codec) {
		// Twice the frame, so that a frame which lies across the end of one
		// read is not moved more than half of the time.
		p.reader = codec.NewReaderBuffer(p, w.codec, make([]byte, max(defaultRead, 2*w.codec.Bound(w.session.frame))))
		take = p.takeFrames
	} else {
		p.buf = make([]byte, w.cfg.Size)
	}
	for bound := w.cfg.byteBound(w.id); p.got < bound; {
		n := min(bound-p.got, 1<<40) // the server may allow more; no need to try
		if m := w.session.maxTransfer; m > 0 {
			n = min(n, m)
		}
		if err := p.request(n); err != nil {
			return err
		}
		if err := take(n); err != nil || w.bad != nil {
			return err
		}
	}
	return nil
}

// puller takes files on one connection. Their content goes on from one to the
// next.
type puller struct {
	*worker
	reader *codec.Reader // of framed files
	buf    []byte        // of raw ones
	got    int64         // payload bytes in all
	end    int64         // got, when the present file is complete
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

func (p *puller) takeRaw(int64) error {
	for p.got < p.end {
		n, err := p.Read(p.buf[:min(int64(len(p.buf)), p.end-p.got)])
		if n > 0 && !p.taken(p.buf[:n]) {
			return p.refused
		}
		if err != nil && p.got < p.end {
			return err
		}
	}
	return nil
}

func (p *puller) takeFrames(n int64) error {
	size := int64(p.session.frame)
	for p.got < p.end {
		frame, err := p.reader.Next()
		if err != nil {
			return err
		}
		want := min(size, p.end-p.got)
		if int64(len(frame)) != want && (p.cfg.Verify != VerifyNone || p.got+int64(len(frame)) > p.end) {
			p.mismatch(frame, fmt.Errorf("verify: frame of %d bytes after %d, expected %d", len(frame), p.got, want))
			return p.refused
		}
		if !p.taken(frame) {
			return p.refused
		}
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
