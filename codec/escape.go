package codec

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
)

// escapes is a stuffing by escapes: flag ends a frame, and a flag or an esc of the payload becomes esc and a code.
type escapes struct {
	flag, esc         byte
	flagCode, escCode byte
	matrix            uint64     // makes flag of flagCode and esc of escCode: see mapBits
	plain             [256]int16 // what a code stands for, badCode if nothing
	stuffed           stuffing   // what a byte of payload becomes
}

// stuffing is what each byte becomes: from the lowest byte on, itself or an esc and its code, and how many that is in the third.
type stuffing [256]uint32

const badCode = -1

// unescapeMin is how many bytes there must be for unescape to be worth its call, where it is not wide.
const unescapeMin = 64

// newEscapes makes the table of a stuffing: decode tells what a code stands for.
func newEscapes(flag, esc byte, decode func(code byte) (plain byte, ok bool)) *escapes {
	e := &escapes{flag: flag, esc: esc}
	for i := range e.plain {
		plain, ok := decode(byte(i))
		if !ok {
			e.plain[i] = badCode
			continue
		}
		e.plain[i] = int16(plain)
		switch plain {
		case flag:
			e.flagCode = byte(i)
		case esc:
			e.escCode = byte(i)
		}
	}
	e.matrix = mapBits(e.flagCode, flag, e.escCode, esc)
	for i := range e.stuffed {
		e.stuffed[i] = 1<<16 | uint32(i)
	}
	e.stuffed[flag] = 2<<16 | uint32(e.flagCode)<<8 | uint32(esc)
	e.stuffed[esc] = 2<<16 | uint32(e.escCode)<<8 | uint32(esc)
	return e
}

// dense is how near to one another bytes that must be escaped lie where it is better to look at each byte than to search: a search and a
// move take as long as some twenty bytes one by one.
const dense = 16

// stuffAtOnce is how many bytes of payload are given room at once for all of them to be escaped.
const stuffAtOnce = 4 << 10

// appendStuffed appends p. Without a processor that stuffs a block at once, it moves what lies between two bytes that must be escaped,
// and looks for each of the two kinds only up to where it found one. Where they lie dense, and in little, it goes byte by byte, lest a
// payload of nothing else cost a search for each.
func (e *escapes) appendStuffed(dst, p []byte) []byte {
	for wide && len(p) > 0 {
		some := p[:min(len(p), stuffAtOnce)]
		dst = slices.Grow(dst, 2*len(some))
		dst = dst[:len(dst)+e.stuffBlocks(dst[len(dst):cap(dst)], some)]
		p = p[len(some):]
	}
	if len(p) <= 2*dense {
		dst, _ = e.appendDense(dst, p, len(p))
		return dst
	}
	flag, esc := bytes.IndexByte(p, e.flag), bytes.IndexByte(p, e.esc)
	pos := 0
	find := func(c byte, at int) int {
		if at < 0 || at >= pos {
			return at // there is none, or it is still ahead
		}
		if i := bytes.IndexByte(p[pos:], c); i >= 0 {
			return pos + i
		}
		return -1
	}
	for last := -dense; flag >= 0 || esc >= 0; last = pos {
		at, code := esc, e.escCode
		if esc < 0 || flag >= 0 && flag < esc {
			at, code = flag, e.flagCode
		}
		dst = append(append(dst, p[pos:at]...), e.esc, code)
		if pos = at + 1; pos-last <= dense {
			var n int
			dst, n = e.appendDense(dst, p[pos:], dense)
			pos += n
		}
		flag, esc = find(e.flag, flag), find(e.esc, esc)
	}
	return append(dst, p[pos:]...)
}

// appendDense appends p up to its end, or to where nothing had to be escaped in a block of so many bytes, and returns how much of p that
// is.
func (e *escapes) appendDense(dst, p []byte, block int) ([]byte, int) {
	n, escaped := 0, true
	for n < len(p) && escaped {
		some := p[n:min(n+block, len(p))]
		dst = slices.Grow(dst, 2*len(some))
		k := e.stuffed.stuff(dst[len(dst):cap(dst)], some)
		dst = dst[:len(dst)+k]
		escaped = k > len(some)
		n += len(some)
	}
	return dst, n
}

// stuff writes what p becomes to out, which has room for twice as much, and returns how much it is. What a byte becomes is looked up
// and not compared, for nobody can predict what the next one is. It is not inlined for the sake of its registers.
//
//go:noinline
func (t *stuffing) stuff(out, p []byte) int {
	at := 0
	for _, c := range p {
		v := t[c]
		out[at+1] = byte(v >> 8)
		out[at] = byte(v)
		at += int(v >> 16)
	}
	return at
}

// escapeDecoder is an unstuffer of escapes.
type escapeDecoder struct {
	unstuffer
	*escapes
	escaped bool // the last byte that came was an esc
}

func newEscapeDecoder(e *escapes, limit, extra int, tooLong TooLong) escapeDecoder {
	return escapeDecoder{unstuffer: newUnstuffer(e.flag, limit, extra, tooLong), escapes: e}
}

// next is unstuffer.next, and returns where the first esc in piece is too.
func (d *escapeDecoder) next(buf []byte) (piece []byte, esc, n int, whole bool) {
	piece, n, whole = d.unstuffer.next(buf)
	if d.skip {
		return piece, -1, n, whole
	}
	d.scanned += int64(len(piece)) // a second look: one for the flag, one for esc
	if esc = bytes.IndexByte(near(piece), d.esc); esc < 0 && len(piece) > searchNear {
		esc = searchOn(piece, d.esc)
	}
	return piece, esc, n, whole
}

// unstuff appends what piece stands for to out. Its first esc is given. It fails with ErrBadEscape, or with ErrTooLong, whichever byte
// came first.
func (d *escapeDecoder) unstuff(piece []byte, esc int) (err error) {
	scratch := d.room(len(piece))
	out := scratch.buf
	if d.escaped && len(piece) > 0 { // the cut was between esc and code
		if out, err = d.decode(out, piece[0]); err != nil {
			return err
		}
		piece = piece[1:]
		esc = search(piece, d.esc)
		d.escaped = false
	}
	plain, most, c := &d.plain, d.most, d.esc
	if n := min(len(piece), most-len(out)); esc >= 0 && (wide || n >= unescapeMin) {
		read, wrote := d.unescape(out[len(out):len(out)+n], piece[:n])
		out, piece = out[:len(out)+wrote], piece[read:]
		if esc = -1; len(piece) > 0 {
			esc = search(piece, c)
		}
	}
	if esc >= 0 && len(piece) < unescapeMin && len(out)+len(piece) <= most {
		out, piece, esc = d.unescapeFew(out, piece)
	}
	for esc >= 0 {
		if len(out)+esc > most {
			return ErrTooLong
		}
		out = append(out, piece[:esc]...)
		if piece = piece[esc+1:]; len(piece) == 0 {
			d.escaped = true
			break
		}
		// The code is looked up and not compared: nobody can predict what the next one is.
		v := plain[piece[0]]
		if v == badCode || len(out) == most {
			_, err = d.decode(out, piece[0])
			return err
		}
		out = append(out, byte(v))
		piece = piece[1:]
		esc = bytes.IndexByte(piece, c)
	}
	if len(out)+len(piece) > d.most {
		return ErrTooLong
	}
	out = append(out, piece...)
	d.copied += int64(len(out) - len(scratch.buf))
	scratch.buf = out
	return nil
}

// unescapeFew appends what piece stands for byte by byte, which for a few is faster than a search for each esc, up to an esc whose
// code is not there or means nothing. It returns the rest, and where its first esc is.
func (d *escapeDecoder) unescapeFew(out, piece []byte) (more, rest []byte, esc int) {
	plain, c, at := &d.plain, d.esc, len(out)
	whole := out[:at+len(piece)]
	for i := 0; i < len(piece); i++ {
		b := piece[i]
		if b == c {
			if i+1 == len(piece) || plain[piece[i+1]] == badCode {
				return whole[:at], piece[i:], 0
			}
			i++
			b = byte(plain[piece[i]])
		}
		whole[at] = b
		at++
	}
	return whole[:at], nil, -1
}

// decode appends what the code behind an esc stands for.
func (d *escapeDecoder) decode(out []byte, code byte) ([]byte, error) {
	plain := d.plain[code]
	if plain == badCode {
		return nil, fmt.Errorf("%w: %02x %02x after %d bytes of payload", ErrBadEscape, d.esc, code, len(out))
	}
	if len(out) == d.most {
		return nil, ErrTooLong
	}
	return append(out, byte(plain)), nil
}

// refuse is the result of a frame that unstuff refused.
func (d *escapeDecoder) refuse(n int, whole bool, err error) (int, []byte, error) {
	d.escaped = false
	if err == ErrTooLong {
		return d.tooLong(n, whole)
	}
	return d.bad(n, whole, err)
}

// Flush returns io.ErrUnexpectedEOF inside a frame, also inside one that is being passed over.
func (d *escapeDecoder) Flush(buf []byte) ([]byte, error) {
	d.escaped = false
	return d.unstuffer.Flush(buf)
}

// mapBits returns a linear map over GF(2) that makes x of a and y of b, as GF2P8AFFINEQB takes one: a bit of the result is the parity of
// the bits that its row chooses, and the lowest byte is the row of the highest bit. a and b differ, and neither is 0.
func mapBits(a, x, b, y byte) (rows uint64) {
	odd := func(v int) int { return bits.OnesCount(uint(v)) & 1 }
	for i := range 8 {
		for row := range 256 {
			if odd(row&int(a)) == int(x)>>i&1 && odd(row&int(b)) == int(y)>>i&1 {
				rows |= uint64(row) << (56 - 8*i)
				break
			}
		}
	}
	return rows
}
