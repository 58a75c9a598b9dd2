package codec

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
)

// COBS is Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): a frame ends with a byte 00, and 00 is taken out of the
// payload by cutting it into blocks. Each block begins with a code, its own length with the code, 1 to 255; a block shorter than 255
// stands for its bytes and a 00 behind them, except the last. It costs one byte, and one more for each 254 that hold no 00. The zero
// value carries at most DefaultMax.
//
//	payload  |     h  i 00  !    |        254 bytes without 00, then 61     | nothing
//	wire     |  03 h  i 02  !  00 |  ff  b1 b2 ... b254  02 61  00           | 01 00
//	            |       |      end   |                   |      end            |  end
//	            code    code         code                code                  code
//
// A frame whose last block has a code of 255 may be followed by a code of 01 or not: the decoder takes both, Append writes the
// shorter. A 00 where a frame would begin is fill and means nothing; so an empty payload is 01 00.
//
// A 00 inside a block is ErrBadFrame, once, and the next frame begins behind it. That 00 is all the structure there is: of one byte
// flipped the frame itself is lost, mostly without an error; of one inserted or lost, with one (98 in 100). Never is it more than
// the frames that touch the byte: one, or two when it was the 00 between them. What notices all of them is cobs+crc32c. A frame over
// Max kills the stream or is skipped, as TooLong says: where a lost 00 may join two frames, Discard is what you want.
type COBS struct {
	Max     int     // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a payload over Max
}

const (
	cobsBlock = 254                // bytes of the longest block, without its code
	cobsFull  = 0xff               // its code, which stands for no 00
	cobsEmpty = 0x0101010101010101 // eight blocks of nothing but their code
)

// String returns cobs, with the keys that are not the default.
func (c COBS) String() string { return specOf("cobs", c.Limit(), c.TooLong) }

// Limit returns the greatest payload in bytes.
func (c COBS) Limit() int { return limitOf(c.Max) }

// WithLimit returns c with another Max.
func (c COBS) WithLimit(max int) (Codec, error) { c.Max = max; return c, checkMax(max) }

// Bound returns the size of n bytes without a 00, which is the greatest.
func (c COBS) Bound(n int) int { return n + max(1, (n+cobsBlock-1)/cobsBlock) + 1 }

// Append appends the frame that carries payload. It fails with ErrTooLong for a payload over Max, and otherwise never.
func (c COBS) Append(dst, payload []byte) ([]byte, error) {
	return c.appendSummed(dst, payload, checksum{})
}

func (c COBS) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	n := len(payload) + sum.size
	if limit := c.Limit(); n > limit {
		return dst, errTooLong(uint64(n), limit, nil)
	}
	dst = append(slices.Grow(dst, c.Bound(n)), 0)
	code := len(dst) - 1 // where the code of the open block goes
	dst, code = appendBlocks(dst, code, payload)
	if sum.size > 0 {
		dst, code = appendBlocks(dst, code, sum.bytes[:sum.size])
	}
	dst[code] = byte(len(dst) - code)
	return append(dst, 0), nil
}

// appendBlocks appends p to the block that is open at code, and to more of them. dst has room for all. It moves what lies between two
// zeros at once, and where they lie dense word by word, lest a payload of nothing else cost a search and a move for each.
func appendBlocks(dst []byte, code int, p []byte) ([]byte, int) {
	zero := 0
	if len(p) > 2*dense {
		zero = bytes.IndexByte(near(p), 0)
	}
	for len(p) > 0 {
		if uint(zero) < dense {
			var n int
			dst, code, n = appendDenseBlocks(dst, code, p)
			p = p[n:]
		}
		if zero = bytes.IndexByte(near(p), 0); zero < 0 && len(p) > searchNear {
			zero = searchOn(p, 0)
		}
		run := p
		if zero >= 0 {
			run = p[:zero]
		}
		for len(run) > 0 {
			room := code + 1 + cobsBlock - len(dst)
			if room == 0 { // only now, that more follows, is the short spelling of a full block out of the question
				dst[code] = cobsFull
				code = len(dst)
				dst = append(dst, 0)
				room = cobsBlock
			}
			k := min(room, len(run))
			dst = append(dst, run[:k]...)
			run = run[k:]
		}
		if zero < 0 {
			break
		}
		if len(dst)-code > cobsBlock { // a full block stands for no 00: an empty one does
			dst[code] = cobsFull
			code = len(dst)
			dst = append(dst, 0)
		}
		dst[code] = byte(len(dst) - code)
		code = len(dst)
		dst = append(dst, 0)
		p = p[zero+1:]
	}
	return dst, code
}

// appendDenseBlocks is appendBlocks up to where the open block may be full, or no 00 was seen for long, and returns how much of p that
// is. A code lies where the 00 before its block was, so p is moved as it is and the codes are written over it: with every byte, for
// nobody can predict which one is the last of its block. It is not inlined for the sake of its registers.
//
//go:noinline
func appendDenseBlocks(dst []byte, code int, p []byte) ([]byte, int, int) {
	const low = 0x7f7f7f7f7f7f7f7f
	at, n, last := len(dst), 0, 0
	out := dst[:at+len(p)]
	for len(p)-n >= 8 && at+8-code <= cobsFull && n-last < 2*dense {
		w := binary.LittleEndian.Uint64(p[n:])
		if (w&low+low)|w|low == math.MaxUint64 { // no 00
			binary.LittleEndian.PutUint64(out[at:], w)
			n, at = n+8, at+8
			continue
		}
		if w == 0 { // as padding has many
			out[code] = byte(at - code)
			binary.LittleEndian.PutUint64(out[at:], cobsEmpty)
			n, at, code = n+8, at+8, at+7
			last = n
			continue
		}
		for last = n + 8; n < last; n++ {
			out[at] = byte(w)
			out[code] = byte(at - code)
			if byte(w) == 0 {
				code = at
			}
			w >>= 8
			at++
		}
	}
	if len(p)-n < 8 {
		for ; n < len(p) && at-code < cobsFull; n++ {
			c := p[n]
			out[at] = c
			out[code] = byte(at - code)
			if c == 0 {
				code = at
			}
			at++
		}
	}
	return out[:at], code, n
}

func (c COBS) summing() summing { return summing{resyncs: true} }

func parseCOBS(a *args) (Codec, error) {
	return COBS{Max: a.max(DefaultMax), TooLong: a.tooLong()}, nil
}
