package codec

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"sync"
)

// CRC32C is a framing with a checksum: inside each frame of another framing X, four bytes follow the payload, its CRC-32C (Castagnoli,
// as in iSCSI and ext4), big endian. Where X cannot carry any byte, as line and delim, they are eight lower-case hex digits. [Parse]
// makes one of X+crc32c, and [WithCRC32C] of a codec.
//
//	u32+crc32c         00 00 00 06 | h i | f5 9d d9 c2              the length counts the checksum
//	line+crc32c                      h i | f 5 9 d d 9 c 2 | \n
//	cobs+crc32c               07 |   h i | f5 9d d9 c2 | 00
//
// Keys follow the whole name and are those of X: u32+crc32c:max=4KiB,order=be. Max counts the payload alone; the limit of X is four
// bytes more for it, or eight, unless X cannot carry as much: u8+crc32c carries 251. So does size count the payload alone, and
// fixed+crc32c:size=60 has frames of 64 bytes on the wire. A framing that has no empty frame has one with a checksum. There is no
// Envelope: the tail depends on the payload.
//
// A wrong checksum is ErrBadChecksum, as is a frame too short for one. All damage of up to 32 bits in a row is noticed, and of any
// other all but 1 in 4 billion. Whether the stream survives depends on X. Where a delimiter ends a frame (cobs, slip, hdlc, line,
// delim), the next frame begins behind it, and one bad frame is one error. Where a length does, it may be the length that is wrong, and
// nothing behind it could be trusted: the stream is dead, toolong=discard or not.
type CRC32C struct {
	payload Codec // X, with a limit that counts the payload
	frame   Codec // X, with a limit that counts the checksum too
	limit   int
	summing
}

const crcSuffix = "+crc32c"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WithCRC32C returns c with a checksum in each frame. The limit of c becomes that of the payload without it. It fails for a framing
// that does not tell where a frame ends (Delimits), that has no limit to change, whose delimiters are kept or might be made of the
// digits of a checksum, or that has a checksum.
func WithCRC32C(c Codec) (Codec, error) {
	x := CRC32C{payload: c}
	if s, ok := c.(summer); ok {
		x.summing = s.summing()
	}
	if _, twice := c.(CRC32C); twice || !Delimits(c) {
		return nil, specErrorf("%s has no room for a checksum", c)
	}
	var err error
	switch c := c.(type) {
	case Fixed:
		x.frame, err = Fixed{Size: c.Size + x.size()}, Fixed{Size: c.Size + x.size()}.Validate()
	case Delim:
		if err = c.checkDigits(); err == nil {
			x.frame, err = WithMax(c, min(Max(c)+x.size(), MaxMax))
		}
	default:
		x.frame, err = WithMax(c, min(Max(c)+x.size(), MaxMax))
	}
	if err != nil {
		return nil, err
	}
	if x.limit = min(Max(c), Max(x.frame)-x.size()); x.limit < 1 {
		return nil, specErrorf("%s carries %d bytes, and a checksum is %d", c, Max(x.frame), x.size())
	}
	return x, nil
}

// size is that of a checksum in a frame.
func (c CRC32C) size() int {
	if c.digits {
		return 8
	}
	return 4
}

// String returns the spec of X with +crc32c behind the name.
func (c CRC32C) String() string {
	name, keys, found := strings.Cut(c.payload.String(), ":")
	if found {
		return name + crcSuffix + ":" + keys
	}
	return name + crcSuffix
}

// Limit returns the greatest payload in bytes, without the checksum.
func (c CRC32C) Limit() int { return c.limit }

// WithLimit returns c with another limit of the payload.
func (c CRC32C) WithLimit(max int) (Codec, error) {
	x, err := WithMax(c.payload, max)
	if err != nil {
		return nil, err
	}
	return WithCRC32C(x)
}

// Bound returns X's for a payload of n bytes and a checksum.
func (c CRC32C) Bound(n int) int { return c.frame.Bound(n + c.size()) }

// Once returns what X does.
func (c CRC32C) Once() bool { return Once(c.frame) }

// End returns what X does.
func (c CRC32C) End() []byte { return End(c.frame) }

// checksum is what follows a payload in its frame. It is passed by value, so that it costs no allocation.
type checksum struct {
	bytes [8]byte
	size  int
}

// summer is a framing that encodes a payload and a checksum behind it, so that what was summed need not be copied to stand before its
// sum. Append is that without a sum.
type summer interface {
	appendSummed(dst, payload []byte, sum checksum) ([]byte, error)
	summing() summing
}

// summing is what a framing tells about a checksum in its frames. Of a framing from elsewhere the zero value is taken.
type summing struct {
	digits  bool // it cannot carry any byte, but hex digits
	resyncs bool // a frame begins behind a delimiter, whatever was wrong with the one before
}

// Append appends the frame that carries payload and its checksum. It fails with ErrTooLong for a payload over the limit, and as X does.
func (c CRC32C) Append(dst, payload []byte) ([]byte, error) {
	if len(payload) > c.limit {
		return dst, errTooLong(uint64(len(payload)), c.limit, nil)
	}
	sum := c.sum(payload)
	if s, ok := c.frame.(summer); ok {
		return s.appendSummed(dst, payload, sum)
	}
	joined := joins.Get().(*[]byte)
	defer joins.Put(joined)
	*joined = append(append((*joined)[:0], payload...), sum.bytes[:sum.size]...)
	return c.frame.Append(dst, *joined)
}

// Check returns the error with which Append would refuse payload, and costs what that does.
func (c CRC32C) Check(payload []byte) error {
	wire := joins.Get().(*[]byte)
	defer joins.Put(wire)
	all, err := c.Append((*wire)[:0], payload)
	*wire = all
	return err
}

// joins are payloads with their sums behind them, for framings from elsewhere.
var joins = sync.Pool{New: func() any { return new([]byte) }}

// sum returns the checksum of payload as it stands in a frame.
func (c *CRC32C) sum(payload []byte) (sum checksum) {
	sum.size = c.size()
	v := crc32.Checksum(payload, castagnoli)
	if !c.digits {
		binary.BigEndian.PutUint32(sum.bytes[:], v)
		return sum
	}
	for i := range sum.bytes {
		sum.bytes[i] = "0123456789abcdef"[v>>(28-4*i)&0xf]
	}
	return sum
}

// NewDecoder returns a decoder at a frame boundary.
func (c CRC32C) NewDecoder() Decoder { return &crcDecoder{in: c.frame.NewDecoder(), CRC32C: c} }

type crcDecoder struct {
	CRC32C
	in     Decoder
	failed error // what walk found and the next Decode tells
}
