package codec

import "encoding/binary"

// FCS is the frame check sequence of HDLC. The zero value is FCS16.
type FCS uint8

const (
	FCS16 FCS = iota // CRC-16 of RFC 1662, low byte first
	NoFCS            // none
)

// HDLC is the asynchronous framing of RFC 1662, as in PPP, without its address and control fields: a frame lies between flags, bytes
// 7E; a 7E or 7D in it is written 7D and the byte xor 20; before the closing flag comes the FCS. It costs four bytes, and one more for
// each 7E and 7D. No control characters are escaped (the ACCM is 0). The zero value has an FCS-16 and carries at most DefaultMax.
//
//	payload  |    h  i           |    7e              |
//	wire     | 7e h  i  15 5a 7e | 7e 7d 5e 81 6a 7e  |
//	          flag      FCS  flag            FCS  flag
//
// One flag may end a frame and begin the next. Flags in a row are fill, so without an FCS there is no empty frame, and Append refuses
// an empty payload with ErrBadLength. 7D 7E aborts a frame: it is dropped without a word, as is a runt, fewer than four bytes between
// flags with a wrong FCS. (RFC 1662 drops all that are so short; with no address and control they may be a payload of one byte.)
//
// A wrong FCS is ErrBadChecksum, once, and the next frame begins at the next flag. So a byte flipped, inserted or lost costs the
// frame it is in, or two when it was the flag between them, and is an error, but for 1 damaged frame in 65536; without an FCS hardly
// any is (see SLIP). A frame over Max kills the stream or is skipped, as TooLong says: where a lost flag may join two frames,
// Discard is what you want.
type HDLC struct {
	FCS     FCS
	Max     int     // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a payload over Max
}

// hdlcRunt is the size under which a frame with a wrong FCS is line noise.
const hdlcRunt = 4

var hdlcEscapes = newEscapes(0x7e, 0x7d, func(code byte) (plain byte, ok bool) { return code ^ 0x20, true })

// String returns hdlc, with the keys that are not the default.
func (c HDLC) String() string {
	if c.FCS == NoFCS {
		return specOf("hdlc", c.Limit(), c.TooLong, "fcs=none")
	}
	return specOf("hdlc", c.Limit(), c.TooLong)
}

// Limit returns the greatest payload in bytes, without the FCS.
func (c HDLC) Limit() int { return limitOf(c.Max) }

// WithLimit returns c with another Max.
func (c HDLC) WithLimit(max int) (Codec, error) { c.Max = max; return c, checkMax(max) }

// Bound returns the size of n bytes and an FCS that must all be escaped.
func (c HDLC) Bound(n int) int { return 2*(n+c.fcsSize()) + 2 }

func (c HDLC) fcsSize() int {
	if c.FCS == NoFCS {
		return 0
	}
	return 2
}

// Append appends the frame that carries payload, with both flags. It fails with ErrTooLong for a payload over Max, and without an FCS
// with ErrBadLength for an empty one.
func (c HDLC) Append(dst, payload []byte) ([]byte, error) {
	return c.appendSummed(dst, payload, checksum{})
}

func (c HDLC) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	if err := c.check(len(payload) + sum.size); err != nil {
		return dst, err
	}
	dst = append(dst, hdlcEscapes.flag)
	dst = hdlcEscapes.appendStuffed(dst, payload)
	if sum.size > 0 {
		dst = hdlcEscapes.appendStuffed(dst, sum.bytes[:sum.size])
	}
	if c.FCS != NoFCS {
		var fcs [2]byte
		binary.LittleEndian.PutUint16(fcs[:], ^fcs16(fcs16(fcsStart, payload), sum.bytes[:sum.size]))
		dst = hdlcEscapes.appendStuffed(dst, fcs[:])
	}
	return append(dst, hdlcEscapes.flag), nil
}

// Check returns the error with which Append would refuse payload.
func (c HDLC) Check(payload []byte) error { return c.check(len(payload)) }

func (c HDLC) check(n int) error {
	if limit := c.Limit(); n > limit {
		return errTooLong(uint64(n), limit, nil)
	}
	if n == 0 && c.FCS == NoFCS {
		return errNoEmpty("hdlc:fcs=none")
	}
	return nil
}

func (c HDLC) summing() summing { return summing{resyncs: true} }

func parseHDLC(a *args) (Codec, error) {
	return HDLC{FCS: FCS(a.choice("fcs", "16", "none")), Max: a.max(DefaultMax), TooLong: a.tooLong()}, nil
}
