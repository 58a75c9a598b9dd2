package codec

import (
	"encoding/binary"
	"fmt"
)

// NewDecoder returns a decoder at a frame boundary.
func (c HDLC) NewDecoder() Decoder {
	return &hdlcDecoder{newEscapeDecoder(hdlcEscapes, c.Limit(), c.fcsSize(), c.TooLong), c.fcsSize()}
}

type hdlcDecoder struct {
	escapeDecoder
	fcsSize int
}

func (d *hdlcDecoder) Decode(buf []byte) (int, []byte, error) {
	flag := 0 // the opening flag is taken along with what follows it
	if len(buf) > 1 && buf[0] == d.flag && !d.inside {
		flag = 1
		d.scanned++
	}
	piece, esc, n, whole := d.next(buf[flag:])
	n += flag
	switch {
	case d.skip:
		d.inside, d.skip = !whole, !whole
		return n, nil, nil
	case !whole:
	case len(piece) == 0 && !d.inside:
		return n, nil, nil // fill
	case esc < 0 && !d.inside && len(piece) <= d.most: // the payload lies in buf as it is
		return d.checked(n, piece)
	}
	if err := d.unstuff(piece, esc); err != nil {
		return d.refuse(n, whole, err)
	}
	if !whole {
		return d.part(len(piece), n)
	}
	if d.escaped { // 7d 7e
		d.escaped, d.inside = false, false
		d.out().clear()
		return n, nil, nil
	}
	n, frame, err := d.checked(n, d.take())
	if frame == nil && err == nil {
		d.turn-- // a runt is no event: the frame before it must hold on, and lies in the other memory
	}
	return n, frame, err
}

// checked is the result of a frame of n bytes on the wire that became this one, whose end is the FCS.
func (d *hdlcDecoder) checked(n int, frame []byte) (int, []byte, error) {
	size := len(frame) - d.fcsSize
	if d.fcsSize == 0 {
		return n, frame[:size:size], nil
	}
	if len(frame) < d.fcsSize || fcs16(fcsStart, frame) != fcsGood {
		if len(frame) < hdlcRunt {
			return n, nil, nil
		}
		got, want := binary.LittleEndian.Uint16(frame[size:]), ^fcs16(fcsStart, frame[:size])
		return n, nil, fmt.Errorf("%w: FCS %04x, want %04x for %d bytes", ErrBadChecksum, got, want, size)
	}
	return n, frame[:size:size], nil
}
