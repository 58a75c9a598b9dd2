package client

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// puller takes files on one connection. Their content goes on from one to the
// next.
type puller struct {
	*worker
	reader *codec.Reader // of framed files
	head   int           // bytes before the payload of a frame
	wire   int           // bytes of a whole frame; 0 where they are not always the same
	first  []byte        // what the first read returned, where it lies: holds until a frame is taken
	buf    []byte        // of raw files, and cacheLine bytes more
	bound  int64         // payload bytes to take in all
	got    int64         // of them taken
	frames int64         // that they came in, or reads
	end    int64         // got, when the present file is complete
	apart  *apart        // nil: the thread is not the reader's own
}

// newPuller prepares a connection of pull, with all its memory.
func newPuller(w *worker) *puller {
	p := &puller{worker: w, bound: w.cfg.byteBound(w.id, w.session.frame)}
	if codec.Once(w.codec) {
		w.session.frame = int(p.bound)
	}
	w.lowat = newLowat(w.session.nc)
	if codec.Delimits(w.codec) {
		p.measure(w.session.frame)
		p.reader = codec.NewReaderBuffer(settled{p}, w.codec, make([]byte, p.window()))
	} else {
		p.buf = make([]byte, w.cfg.Size+cacheLine)
	}
	return p
}

// drive asks for generated files and takes them until the bound.
func (p *puller) drive() error {
	defer p.ownThread()()
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
	if m == 0 || n <= m || codec.Once(p.codec) { // of which no second is asked: the server refuses it in its own words
		return n
	}
	if frame := int64(p.session.frame); p.reader != nil && m >= frame {
		return m - m%frame
	}
	return m
}

func (p *puller) request(n int64) error {
	text := strconv.AppendInt(nil, n, 10)
	if size, exact := exactSize(p.codec); exact { // blanks around a number are none of it
		text = append(text, bytes.Repeat([]byte{' '}, max(0, size-len(text)))...)
	}
	b, err := p.codec.Append(nil, text)
	if err != nil {
		return err
	}
	p.end = p.got + n
	if err := p.write(b); err != nil || !codec.Once(p.codec) {
		return err
	}
	return p.shut()
}

func openPull(c *Config, i int) opening {
	ps := c.contentParams(i)
	if !c.anySize && c.delimits {
		ps = append(ps, preface.Param{Key: "frame", Value: param(uint64(c.Size))})
	}
	return opening{params: ps}
}

func resolvePull(c *Config, cod codec.Codec) error {
	if err := resolveBulk(c, cod, Pull); err != nil {
		return err
	}
	switch {
	case c.Plain && c.Seed != 0:
		return fmt.Errorf("seed %d: without a preface the server cannot be told a seed", c.Seed)
	case c.Plain && c.delimits && !c.anySize:
		return fmt.Errorf("size %d: without a preface the server cannot be told a frame size", c.Size)
	}
	return nil
}

// settled counts what has been taken before it reads more: once a read, however
// many frames that brings.
type settled struct{ *puller }

func (s settled) Read(b []byte) (int, error) {
	s.settle()
	n, err := s.puller.Read(b)
	if s.got == 0 && s.first == nil {
		s.first = b[:n]
	}
	return n, err
}

// settle counts what has been taken.
func (p *puller) settle() {
	rest := 0
	if p.reader != nil {
		rest = p.reader.Buffered()
	}
	p.mu.Lock()
	p.count.payload.Store(p.got)
	p.count.messages.Store(p.frames)
	p.consumed(rest)
	p.mu.Unlock()
}

func (p *puller) takeRaw() error {
	defer p.settle()
	for p.got < p.end {
		buf := p.room()
		n, err := settled{p}.Read(buf)
		if owed := p.end - p.got; int64(n) > owed {
			p.mismatch(nil, fmt.Errorf("verify: %d bytes more than the %d asked for", int64(n)-owed, p.end))
			return nil
		}
		if n > 0 && !p.taken(buf[:n]) {
			return p.refused
		}
		if err != nil && p.got < p.end {
			return err
		}
	}
	return nil
}

func (p *puller) takeFrames() error {
	defer p.settle()
	for p.got < p.end {
		if p.wire >= indentMin {
			p.reader.Indent(p.indent(p.head))
		}
		frame, err := p.reader.Next()
		if err != nil {
			if p.got == 0 && p.isRefusal(p.first) {
				return p.refused
			}
			return err
		}
		if p.got == 0 && p.cfg.Plain && len(frame) > 0 && !p.isRefusal(frame) {
			p.measure(len(frame)) // the server could not be told, and did not tell
		}
		size := int64(len(frame))
		want := min(int64(p.session.frame), p.end-p.got)
		if size != want && (p.cfg.Verify != VerifyNone || size == 0 || size > p.end-p.got) {
			p.mismatch(frame, fmt.Errorf("verify: frame of %d bytes after %d, expected %d", size, p.got, want))
			return p.heardOut(frame)
		}
		if !p.taken(frame) {
			return p.heardOut(frame)
		}
	}
	if n := p.reader.Buffered(); n > 0 {
		p.mismatch(nil, fmt.Errorf("verify: %d bytes more than the %d asked for", n, p.end))
	}
	return nil
}

// heardOut returns the refusal that begins with a frame, if it is one: small
// frames carry it in several.
func (p *puller) heardOut(frame []byte) error {
	if p.refused == nil || p.session.nc.SetReadDeadline(time.Now().Add(tick)) != nil {
		return p.refused
	}
	text := bytes.Clone(frame)
	for len(text) < refusalMost {
		more, err := p.reader.Next()
		if err != nil {
			break
		}
		text = append(text, more...)
	}
	p.isRefusal(text)
	return p.refused
}

// taken verifies payload bytes and takes them; false if they are wrong.
func (p *puller) taken(b []byte) bool {
	if p.got == 0 && !p.cfg.Socket.SkipRxCopy && p.isRefusal(b) {
		return false
	}
	if p.cfg.Verify == VerifyFull && !p.check(p.got, b) {
		return false
	}
	p.got += int64(len(b))
	p.frames++
	return true
}
