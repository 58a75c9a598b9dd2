package codec

import (
	"math/bits"
	"strconv"
)

// Chunked is the chunked transfer coding of HTTP/1.1 (RFC 9112, section 7.1): each chunk is a frame, its size in hexadecimal before it.
// It costs five bytes and more. The zero value carries at most DefaultMax.
//
//	payload  |         h i       |          255 bytes            |  the end
//	wire     | 2 \r \n h i \r \n | f f \r \n b1 ... b255 \r \n   | 0 \r \n \r \n
//	          size             head                         tail   End
//
// A chunk of size 0 is the end of the stream, which a sender writes after its last frame: see End. A stream that ends before it is
// io.ErrUnexpectedEOF, also between two frames: of all framings here, this one alone tells a sender that finished from one that
// died. So there is no empty frame, and Append refuses an empty payload with ErrBadLength; a sender that has one to carry takes
// chunked+crc32c, where it is four bytes. After the last chunk there may be trailer fields, which are passed over; a stream that ends
// before them is complete. What follows the empty line behind them is ErrBadFrame.
//
// The decoder is strict where laxness lets requests be smuggled: a line ends with CR LF and nothing else, a size is 1 to 16 hex digits.
// A head is at most 4 KiB, trailer fields are 16 KiB, and what is not payload may exceed 16 bytes a chunk and twice the payload by
// 16 KiB in all. Chunk extensions are passed over.
//
// What it cannot do: notice a flipped payload byte; find its way again after any other damage. A byte inserted or lost is an error at
// the end of its chunk (ErrBadTrailer, or ErrBadLength in the head), and the stream is dead.
type Chunked struct {
	Max     int     // greatest chunk in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a chunk over Max
}

const (
	chunkTail = "\r\n"
	chunkEnd  = "0\r\n\r\n"
)

// String returns chunked, with the keys that are not the default.
func (c Chunked) String() string { return specOf("chunked", c.Limit(), c.TooLong) }

// Limit returns the greatest payload in bytes.
func (c Chunked) Limit() int { return limitOf(c.Max) }

// WithLimit returns c with another Max.
func (c Chunked) WithLimit(max int) (Codec, error) { c.Max = max; return c, checkMax(max) }

// Bound returns the size on the wire of a payload of n bytes. It is exact.
func (c Chunked) Bound(n int) int { return max(1, (bits.Len(uint(n))+3)/4) + 2 + n + len(chunkTail) }

// End returns the last chunk, with no trailer fields.
func (c Chunked) End() []byte { return []byte(chunkEnd) }

// Append appends the chunk that carries payload. It fails with ErrTooLong for a payload over Max, and with ErrBadLength for an empty
// one: on the wire that is the end.
func (c Chunked) Append(dst, payload []byte) ([]byte, error) {
	return c.appendSummed(dst, payload, checksum{})
}

func (c Chunked) summing() summing { return summing{} }

func (c Chunked) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	n := len(payload) + sum.size
	if err := c.check(n); err != nil {
		return dst, err
	}
	dst = appendChunkHead(dst, n)
	dst = append(append(dst, payload...), sum.bytes[:sum.size]...)
	return append(dst, chunkTail...), nil
}

// Check returns the error with which Append would refuse payload.
func (c Chunked) Check(payload []byte) error { return c.check(len(payload)) }

func (c Chunked) check(n int) error {
	if limit := c.Limit(); n > limit {
		return errTooLong(uint64(n), limit, nil)
	}
	if n == 0 {
		return errNoEmpty("chunked")
	}
	return nil
}

func appendChunkHead(dst []byte, n int) []byte {
	return append(strconv.AppendUint(dst, uint64(n), 16), "\r\n"...)
}

// Envelope returns the size line and the line end behind the payload, freshly allocated.
func (c Chunked) Envelope(n int) (head, tail []byte) {
	if err := c.check(n); err != nil {
		panic(err)
	}
	return appendChunkHead(make([]byte, 0, 10), n), []byte(chunkTail)
}

func parseChunked(a *args) (Codec, error) {
	return Chunked{Max: a.max(DefaultMax), TooLong: a.tooLong()}, nil
}
