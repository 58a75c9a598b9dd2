package datagram

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// TokenLen is the length of a token in bytes. What is in it is the server's
	// affair.
	TokenLen = 24

	// RequestLen is the length of a request in bytes. With its header it is long
	// enough for a refusal of three times that length to say something.
	RequestLen = TokenLen + 28
)

// Request is the payload of File, Stream, Sink and Stats:
//
//	0       24     32       40           48     52
//	+-------+------+--------+------------+------+
//	| token | seed | rate   | interval   | size |
//	|       | u64  | u64    | ns, u64    | u32  |
//	+-------+------+--------+------------+------+
//
// A zero field asks for the server's choice; the zero Token is none. What a Sink
// announces is what its sender will send: datagram n has Size bytes of the
// content of the seed, from offset n*Size on.
type Request struct {
	Token    [TokenLen]byte
	Seed     uint64        // of the generated content
	Rate     uint64        // File: payload bytes a second
	Interval time.Duration // Stream: from one datagram to the next
	Size     uint32        // payload bytes of each Data datagram, the last may be shorter; of a Sink 0: the content is not verified
}

// Append appends the request.
func (r Request) Append(dst []byte) []byte {
	dst = append(dst, r.Token[:]...)
	dst = binary.BigEndian.AppendUint64(dst, r.Seed)
	dst = binary.BigEndian.AppendUint64(dst, r.Rate)
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.Interval))
	return binary.BigEndian.AppendUint32(dst, r.Size)
}

// ParseRequest reads the payload of a request. An interval that is greater than
// a time.Duration can be is negative, as it would be to the eye.
func ParseRequest(b []byte) (r Request, err error) {
	if len(b) != RequestLen {
		return r, fmt.Errorf("datagram: request of %d bytes, want %d", len(b), RequestLen)
	}
	r.Token = [TokenLen]byte(b)
	b = b[TokenLen:]
	r.Seed = binary.BigEndian.Uint64(b)
	r.Rate = binary.BigEndian.Uint64(b[8:])
	r.Interval = time.Duration(binary.BigEndian.Uint64(b[16:]))
	r.Size = binary.BigEndian.Uint32(b[24:])
	return r, nil
}
