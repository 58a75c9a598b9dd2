package codec

import (
	"bytes"
	"io"
)

// unstuffer is what the decoders of the self-synchronising framings have in common. It finds the delimiter, which appears nowhere
// else, and unstuffs what came of a frame at once: nothing waits in the carry, so no byte is held twice or looked at again.
//
//	wire     | ... delimiter | stuffed ... | (cut) stuffed ... delimiter |
//	out()                    | decoded so far ->                         | the frame
//
// A frame that lies whole in the window and has nothing to unstuff is delivered from there.
type unstuffer struct {
	outs      [2]carry // used in turn: the frame delivered last must hold while the beginning of the next comes in the same chunk
	turn      int
	most      int  // greatest decoded size, a checksum included
	limit     int  // greatest payload
	delimiter byte // ends a frame
	discard   bool // a frame over the limit is skipped, and not the end of the stream
	inside    bool // bytes of a frame came since the last delimiter
	skip      bool // and it turned out bad: the rest of it is passed over

	scanned, copied int64
}

func newUnstuffer(delimiter byte, limit, extra int, tooLong TooLong) unstuffer {
	return unstuffer{most: limit + extra, limit: limit, delimiter: delimiter, discard: tooLong == Discard}
}

// next returns what buf has of the frame, how many bytes of buf that and the delimiter are, and whether the delimiter is there.
func (u *unstuffer) next(buf []byte) (piece []byte, n int, whole bool) {
	end := bytes.IndexByte(near(buf), u.delimiter)
	if end < 0 && len(buf) > searchNear {
		end = searchOn(buf, u.delimiter)
	}
	if end < 0 {
		u.scanned += int64(len(buf))
		return buf, len(buf), false
	}
	u.scanned += int64(end + 1)
	return buf[:end], end + 1, true
}

// out is what was decoded of the frame that is coming.
func (u *unstuffer) out() *carry { return &u.outs[u.turn&1] }

// room returns out with room for what n bytes that came can become, which is never more than they are.
func (u *unstuffer) room(n int) *carry {
	out := u.out()
	out.reserve(min(n, u.most-len(out.buf)), u.most)
	return out
}

// bad is the result of a frame of which n bytes are here. whole tells that no more is to come of it.
func (u *unstuffer) bad(n int, whole bool, err error) (int, []byte, error) {
	u.out().clear()
	u.inside, u.skip = !whole, !whole
	return n, nil, err
}

// tooLong is bad for a frame over the limit.
func (u *unstuffer) tooLong(n int, whole bool) (int, []byte, error) {
	err := errNoEnd(u.limit, nil)
	if !u.discard {
		return 0, nil, err
	}
	return u.bad(n, whole, err)
}

// part is the result of n bytes, of which so many belong to a frame that has not ended.
func (u *unstuffer) part(came, n int) (int, []byte, error) {
	u.inside = u.inside || came > 0
	return n, nil, nil
}

// take returns what was decoded, and lets go of it: a big buffer lives as long as the caller has the frame.
func (u *unstuffer) take() []byte {
	out := u.out()
	frame := out.buf
	out.clear()
	u.turn++
	u.inside = false
	if frame == nil {
		return []byte{}
	}
	return frame[:len(frame):len(frame)]
}

// Flush returns io.ErrUnexpectedEOF inside a frame, also inside one that is being passed over.
func (u *unstuffer) Flush(buf []byte) ([]byte, error) {
	inside := u.inside || len(buf) > 0
	u.out().clear()
	u.inside, u.skip = false, false
	if inside {
		return nil, io.ErrUnexpectedEOF
	}
	return nil, nil
}

func (u *unstuffer) held() int { return len(u.out().buf) }

func (u *unstuffer) effort() (scanned, copied int64) { return u.scanned, u.copied }
