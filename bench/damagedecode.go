package bench

import (
	"io"
	"sort"

	"github.com/loadframe/loadframe/codec"
)

// delivery is what a decoder made of a stream: the frames, and the first error. Frames alias the stream or memory of the delivery.
type delivery struct {
	frames [][]byte
	err    error // the first one
	from   int   // behind the last frame before it
	until  int   // it was raised with no byte behind this one

	held []byte // memory of frames that the decoder made
}

// decode takes a whole stream, up to its end or to the error that the decoder does not survive. The end of the stream inside a frame
// is an error as any other. It does what [codec.Stream] does with one chunk, and knows where each frame ended.
func (d *delivery) decode(c codec.Codec, wire []byte) {
	d.frames, d.held, d.err, d.from, d.until = d.frames[:0], d.held[:0], nil, 0, 0
	dec := c.NewDecoder()
	for pos := 0; ; {
		n, frame, err := dec.Decode(wire[pos:])
		if err != nil && d.err == nil {
			d.err, d.until = err, len(wire)
			if n > 0 {
				d.until = pos + n
			}
		}
		if frame != nil {
			d.keep(frame)
		}
		if n == 0 {
			if err == nil {
				d.flush(dec, wire[pos:], len(wire))
			}
			return
		}
		if pos += n; frame != nil && d.err == nil {
			d.from = pos
		}
	}
}

// flush tells the decoder that the stream ended, with rest unread.
func (d *delivery) flush(dec codec.Decoder, rest []byte, end int) {
	var frame []byte
	var err error
	if f, ok := dec.(codec.Flusher); ok {
		frame, err = f.Flush(rest)
	} else if len(rest) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if frame != nil {
		d.keep(frame)
	}
	if err != nil && d.err == nil {
		d.err, d.from, d.until = err, end, end
	}
}

// keep copies the frame: it may be memory of the decoder.
func (d *delivery) keep(frame []byte) {
	from := len(d.held)
	d.held = append(d.held, frame...)
	d.frames = append(d.frames, d.held[from:len(d.held):len(d.held)])
}

// gaveAway returns the index of the byte with which the first error came, which is the length of the stream where it was the end. By
// the law of the decoders (any cut gives the same frames and errors) a stream that is cut behind this byte raises it, and one that is
// cut before does not; and before it, behind the last good frame, the decoder was at a frame boundary, as a new one is.
func (d *delivery) gaveAway(c codec.Codec, wire []byte) int {
	if d.from == d.until {
		return d.until
	}
	raises := func(n int) bool {
		dec, window := c.NewDecoder(), wire[d.from:d.from+n]
		for {
			n, _, err := dec.Decode(window)
			if err != nil {
				return true
			}
			if n == 0 {
				return false
			}
			window = window[n:]
		}
	}
	// The bad frame is short, however long the stream: its length is found by doubling, then by halving.
	least, most := 0, 1
	for most < d.until-d.from && !raises(most) {
		least, most = most, 2*most
	}
	most = min(most, d.until-d.from)
	return d.from + least + sort.Search(most-least, func(i int) bool { return raises(least + i + 1) })
}
