package codec

import "io"

// Reader yields the frames of an io.Reader. One goroutine at a time may use it.
//
//	window   | delivered | unread: frames, then a partial frame | room |
//	         0           start                                  end    cap
//
// It reads straight into its window, with one Read call for all the room there is, and moves a partial frame to the front only when
// its end would not fit. To have smaller reads, to count them or to stamp them with the time, wrap the io.Reader. The window is
// kept; it grows beyond its first size only for a frame that does not fit, twofold, and as bytes arrive.
type Reader struct {
	r     io.Reader
	dec   Decoder
	need  Needer // dec, if it is one
	codec Codec
	buf   []byte
	start int
	end   int
	front int   // where the window begins when it is empty
	err   error // from r, not yet returned
	dead  error // from dec or io.EOF, returned for ever
}

// ReaderSize is the window of NewReader in bytes.
const ReaderSize = 64 << 10

// NewReader returns a Reader with a window of ReaderSize.
func NewReader(r io.Reader, c Codec) *Reader { return NewReaderBuffer(r, c, make([]byte, ReaderSize)) }

// NewReaderBuffer returns a Reader whose window is all of buf's capacity. For bulk, a window of several frames is best: with 1 MiB
// for frames of 256 KiB about one byte in eight is moved once.
func NewReaderBuffer(r io.Reader, c Codec, buf []byte) *Reader {
	d := &Reader{r: r, dec: c.NewDecoder(), codec: c, buf: buf[:cap(buf)]}
	d.need, _ = d.dec.(Needer)
	return d
}

// Next returns the next frame; it reads only when the window holds none. The frame aliases the window and holds until the next call.
// It returns io.EOF at a clean end, io.ErrUnexpectedEOF if the end lies inside a frame, and an error of the codec once for each
// bad frame: after one that the stream survives the next call goes on, and a dead stream returns the same for ever. Any other error
// of the io.Reader is returned as it is; the next call reads again, so a deadline loses nothing.
func (d *Reader) Next() ([]byte, error) {
	for empty := 0; ; {
		for d.start < d.end && d.dead == nil { // TryNext, without a call for it
			n, frame, err := d.dec.Decode(d.buf[d.start:d.end])
			d.start += n
			if frame != nil {
				return frame, err
			}
			if n == 0 {
				d.dead = err
				break
			}
			if err != nil {
				return nil, err
			}
		}
		if d.dead != nil {
			return nil, d.dead
		}
		if d.err != nil {
			return d.ended()
		}
		n := d.fill()
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 && d.err == nil {
			return nil, io.ErrNoProgress
		}
	}
}

// Indent makes a read into an empty window leave its first n bytes free: then what comes lies at a place of the caller's choice, which,
// with frames that fill their reads, may be that of what it will be copied to or compared with in a cache line. It holds until the
// next call of Indent, and never leaves less than half of the window to read to.
func (d *Reader) Indent(n int) { d.front = min(max(n, 0), len(d.buf)/2) }

// TryNext is Next without reading: it returns nil and nil when the window holds no complete frame. All frames of one read can so be
// handled together.
func (d *Reader) TryNext() ([]byte, error) {
	if d.dead != nil {
		return nil, d.dead
	}
	for d.start < d.end {
		n, frame, err := d.dec.Decode(d.buf[d.start:d.end])
		if n == 0 {
			d.dead = err
			return nil, err
		}
		d.start += n
		if frame != nil || err != nil {
			return frame, err
		}
	}
	return nil, nil
}

// ended returns what the error of the io.Reader comes to.
func (d *Reader) ended() ([]byte, error) {
	err := d.err
	if err != io.EOF {
		d.err = nil
		return nil, err
	}
	frame, err := flush(d.dec, d.buf[d.start:d.end])
	d.start = d.end
	d.dead = io.EOF
	if frame != nil || err != nil {
		return frame, err
	}
	return nil, io.EOF
}

// fill makes room and reads once.
func (d *Reader) fill() int {
	if d.start == d.end {
		d.start, d.end = d.front, d.front
	}
	held := d.end - d.start
	need := 0
	if d.need != nil && held > 0 {
		need = d.need.Need()
	}
	if d.start > 0 && (d.end == len(d.buf) || d.start+need > len(d.buf)) {
		copy(d.buf, d.buf[d.start:d.end])
		d.start, d.end = 0, held
	}
	if d.end == len(d.buf) {
		buf := make([]byte, growth(held+1, len(d.buf), need))
		copy(buf, d.buf[:d.end])
		d.buf = buf
	}
	n, err := d.r.Read(d.buf[d.end:])
	if n < 0 || n > len(d.buf)-d.end {
		panic("codec: io.Reader returned an impossible count")
	}
	d.end += n
	d.err = err
	return n
}

// Flush returns what is held, as a frame, when silence ends a message in this framing (Quieter); nil otherwise. A caller that waits
// for a reply without a newline sets a read deadline of Quiet and calls Flush when Next returns the timeout.
func (d *Reader) Flush() []byte {
	if _, ok := d.codec.(Quieter); !ok || d.dead != nil {
		return nil
	}
	frame, _ := flush(d.dec, d.buf[d.start:d.end])
	d.start = d.end
	return frame
}

// Buffered returns how many bytes were read and not delivered.
func (d *Reader) Buffered() int { return d.end - d.start + heldBy(d.dec) }
