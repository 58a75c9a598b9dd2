package codec

import (
	"encoding/binary"
	"fmt"
)

// NewDecoder returns a decoder at a frame boundary.
func (c COBS) NewDecoder() Decoder {
	return &cobsDecoder{unstuffer: newUnstuffer(0, c.Limit(), 0, c.TooLong)}
}

type cobsDecoder struct {
	unstuffer
	left int  // bytes of the open block still to come
	code int  // of the open block
	owed bool // a 00 follows the open block, unless it is the last
}

func (d *cobsDecoder) Decode(buf []byte) (int, []byte, error) {
	piece, n, whole := d.next(buf)
	switch {
	case d.skip:
		d.inside, d.skip = !whole, !whole
		return n, nil, nil
	case whole && !d.inside:
		if len(piece) == 0 {
			return n, nil, nil // fill
		}
		if int(piece[0]) == len(piece) && len(piece) <= d.limit+1 { // one block: the payload lies in buf as it is
			return n, piece[1:len(piece):len(piece)], nil
		}
	}
	if !d.unstuff(piece) {
		d.left, d.owed = 0, false
		return d.tooLong(n, whole)
	}
	if !whole {
		return d.part(n, n)
	}
	left, code := d.left, d.code
	d.left, d.owed = 0, false
	if left > 0 {
		return d.bad(n, true, fmt.Errorf("%w: 00 after %d of the %d bytes of a block", ErrBadFrame, code-left, code))
	}
	return n, d.take(), nil
}

// unstuff appends what piece stands for to out. It returns false when that is over the limit.
func (d *cobsDecoder) unstuff(piece []byte) bool {
	scratch := d.room(len(piece))
	out, left, owed := scratch.buf, d.left, d.owed
	for len(piece) > 0 {
		if left > 0 {
			k := min(left, len(piece))
			if len(out)+k > d.limit {
				return false
			}
			out = append(out, piece[:k]...)
			piece, left = piece[k:], left-k
			continue
		}
		if !owed && piece[0] == 1 {
			piece, owed = piece[1:], true
			continue
		}
		if owed && len(piece) >= 8 && binary.LittleEndian.Uint64(piece) == cobsEmpty && min(d.limit, cap(out))-len(out) >= 8 {
			out, piece = append(out, 0, 0, 0, 0, 0, 0, 0, 0), piece[8:]
			continue
		}
		if owed {
			if len(out) == d.limit {
				return false
			}
			out = append(out, 0)
		}
		if n := min(len(piece), cap(out)-len(out), d.limit-len(out)); n >= unblockMin { // the room may have gone to a 00 that was owed
			read, wrote := unblock(out[len(out):len(out)+n], piece[:n])
			out, piece = out[:len(out)+wrote], piece[read:]
		}
		if n := len(piece); n <= unblockMin && n-1 <= min(cap(out)-len(out), d.limit-len(out)) {
			// So few are moved with the codes among them, and the codes written over on the one way through them.
			first, at, code := len(out), 0, 0
			whole := out[first : first+n-1]
			copy(whole, piece[1:])
			for at < n && code != cobsFull {
				next := int(piece[at])
				if at+next > n {
					break
				}
				if at > 0 {
					whole[at-1] = 0
				}
				at, code = at+next, next
			}
			if at > 0 {
				out, piece, owed = out[:first+at-1], piece[at:], code != cobsFull
				continue
			}
		}
		run, code := wholeBlocks(piece)
		if run == 0 { // this block goes on in the next piece
			d.code, left = code, code-1
			run = 1
		}
		if len(out)+run-1 > d.limit {
			return false
		}
		first := len(out)
		out = append(out, piece[1:run]...)
		for at := int(piece[0]); at < run; at += int(piece[at]) {
			out[first+at-1] = 0
		}
		owed = code != cobsFull
		piece = piece[run:]
	}
	d.copied += int64(len(out) - len(scratch.buf))
	scratch.buf, d.left, d.owed = out, left, owed
	return true
}

// unblockMin is how many bytes there must be for unblock: the longest block, its code and what is moved with them.
const unblockMin = 257

// wholeBlocks returns how long the blocks are that lie whole at the start of piece, up to a full one, and the code of the last. A code
// lies where the 00 of the block before it belongs, so all of them are moved at once; only a full block has no 00. Without a whole
// block it returns 0 and the code of the one that has begun.
func wholeBlocks(piece []byte) (n, code int) {
	for n < len(piece) {
		next := int(piece[n])
		if n+next > len(piece) {
			if n == 0 {
				code = next
			}
			break
		}
		n, code = n+next, next
		if code == cobsFull {
			break
		}
	}
	return n, code
}

// Flush returns io.ErrUnexpectedEOF inside a frame, also inside one that is being passed over.
func (d *cobsDecoder) Flush(buf []byte) ([]byte, error) {
	d.left, d.owed = 0, false
	return d.unstuffer.Flush(buf)
}
