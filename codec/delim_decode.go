package codec

import "io"

// NewDecoder returns a decoder at a frame boundary.
func (d Delim) NewDecoder() Decoder {
	d.must()
	r := &delimDecoder{limit: d.Limit(), keep: d.Keep, tail: d.Tail, discard: d.TooLong == Discard}
	d.matcher(&r.matcher)
	r.last = r.limit
	if d.Keep {
		r.last -= r.shortest
	}
	return r
}

// delimDecoder looks for a delimiter, in each byte once but for those that a delimiter may have begun with.
type delimDecoder struct {
	matcher
	limit    int
	last     int // the greatest index at which a delimiter may start
	seen     int // no delimiter starts in so many bytes at the start of buf
	tail     Tail
	keep     bool
	discard  bool
	dropping bool // inside a frame that is being discarded
	scanned  int64
}

func (d *delimDecoder) Decode(buf []byte) (int, []byte, error) {
	at, size, looked := d.find(buf, d.seen)
	d.scanned += int64(looked)
	if size == 0 {
		switch {
		case d.dropping: // but not the half of a delimiter: the next frame would be lost with it
			d.seen = 0
			return at, nil, nil
		case at > d.last:
			return d.refuse(buf, at, true)
		}
		d.seen = at
		return 0, nil, nil
	}
	d.seen = 0
	end := at + size
	if d.dropping {
		d.dropping = false
		return end, nil, nil
	}
	if d.keep {
		at = end
	}
	if at > d.limit {
		return d.refuse(buf, end, false)
	}
	return end, buf[:at:at], nil
}

// walk yields the frames that lie whole in chunk, as lengthDecoder.walk does, and tells Decode how far it has looked.
func (d *delimDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	for more = true; more; {
		at, size, looked := d.find(chunk, 0)
		d.scanned += int64(looked)
		end, n := at+size, at
		if d.keep {
			n = end
		}
		if size == 0 || n > d.limit {
			d.seen = at
			break
		}
		frame := chunk[:n:n]
		chunk = chunk[end:]
		more = yield(frame, nil)
	}
	return chunk, more
}

// walks reports whether walk may be called: at a frame boundary.
func (d *delimDecoder) walks() bool { return d.seen == 0 && !d.dropping }

// refuse is the error for a frame over the limit, of which n bytes are there. It is open if its end is not.
func (d *delimDecoder) refuse(buf []byte, n int, open bool) (int, []byte, error) {
	err := errNoEnd(d.limit, buf[:min(4, d.last+1)])
	if !d.discard {
		return 0, nil, err
	}
	d.seen, d.dropping = 0, open
	return n, nil, err
}

func (d *delimDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Flush does with an unended frame what Tail says. The beginning of a delimiter is then payload after all, and may be too long.
func (d *delimDecoder) Flush(buf []byte) ([]byte, error) {
	inside, dropping := len(buf) > 0 || d.dropping, d.dropping
	d.seen, d.dropping = 0, false
	switch {
	case inside && d.tail == TailError:
		return nil, io.ErrUnexpectedEOF
	case len(buf) == 0 || dropping || d.tail == TailDrop:
		return nil, nil
	case len(buf) > d.limit:
		return nil, errNoEnd(d.limit, buf[:min(4, d.last+1)])
	}
	return buf[:len(buf):len(buf)], nil
}
