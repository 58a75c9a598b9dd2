package codec

import "io"

// NewDecoder returns a decoder at a frame boundary.
func (d Delim) NewDecoder() Decoder {
	d.must()
	r := &delimDecoder{limit: d.Limit(), keep: d.Keep, tail: d.Tail, discard: d.TooLong == Discard}
	r.init(&d)
	r.last = r.limit
	if d.Keep {
		r.last -= r.shortest
	}
	return r
}

// delimDecoder looks for a delimiter, in each byte once.
type delimDecoder struct {
	delimScan
	limit    int
	last     int // the greatest index at which a delimiter may start
	seen     int // bytes at the start of buf that were looked at
	tail     Tail
	keep     bool
	discard  bool
	dropping bool // inside a frame that is being discarded
	scanned  int64
}

func (d *delimDecoder) Decode(buf []byte) (int, []byte, error) {
	end, size := d.scan(buf[d.seen:])
	d.scanned += int64(end)
	if size == 0 {
		at := len(buf) - d.begun
		switch {
		case d.dropping: // but not the half of a delimiter: the next frame would be lost with it
			d.seen = d.begun
			return at, nil, nil
		case at > d.last:
			return d.refuse(buf, at, true)
		}
		d.seen = len(buf)
		return 0, nil, nil
	}
	end += d.seen
	d.seen = 0
	if d.dropping {
		d.dropping = false
		return end, nil, nil
	}
	n := end
	if !d.keep {
		n -= size
	}
	if n > d.limit {
		return d.refuse(buf, end, false)
	}
	return end, buf[:n:n], nil
}

// walk yields the frames that lie whole in chunk, as lengthDecoder.walk does, and tells Decode how far it has looked.
func (d *delimDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	for more = true; more; {
		end, size := d.scan(chunk)
		d.scanned += int64(end)
		n := end
		if !d.keep {
			n -= size
		}
		if size == 0 {
			d.seen = end
			break
		}
		if n > d.limit {
			d.seen = end - size
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
	d.seen, d.dropping = d.begun, open
	return n, nil, err
}

func (d *delimDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Flush does with an unended frame what Tail says. The beginning of a delimiter is then payload after all, and may be too long.
func (d *delimDecoder) Flush(buf []byte) ([]byte, error) {
	inside, dropping := len(buf) > 0 || d.dropping, d.dropping
	d.seen, d.dropping = 0, false
	d.reset()
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
