package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/loadframe/loadframe/codec"
)

const (
	damageFrames = 40  // of a stream
	damageLeast  = 8   // payload bytes
	damageMost   = 120 // payload bytes
)

// A damageStream is a stream of frames before it is damaged.
//
//	wire     | head payload tail | head payload tail | ... | End |
//	starts     0                   1                         damageFrames
type damageStream struct {
	sent   [][]byte // payloads
	wire   []byte
	starts []int     // where each frame begins, and where the last one ends
	spots  []extents // of each frame
}

// extents are the sizes of the parts of a frame on the wire.
type extents struct{ head, payload, tail int }

// damageSource makes the streams of one framing, one of each number. The payloads are the same for all framings, but for those that
// carry text alone and those whose frames all have one size.
type damageSource struct {
	codec codec.Codec
	seed  uint64
	text  bool // payloads are printable
	least int  // payload bytes
	most  int  // payload bytes
	split func(wire []byte, payload []byte) extents

	stream damageStream // made last
}

// newDamageSource fails for a framing that has no streams of several frames, and where the parts of a frame are not known.
func newDamageSource(c codec.Codec, seed uint64) (*damageSource, error) {
	s := &damageSource{codec: c, seed: seed}
	switch {
	case !codec.Delimits(c):
		return nil, fmt.Errorf("the wire does not tell where a frame ends")
	case codec.Once(c):
		return nil, fmt.Errorf("a direction carries one message")
	}
	switch baseName(c.String()) {
	case "line", "delim":
		s.text = true
	}
	s.most = min(damageMost, codec.Max(c))
	s.least = min(damageLeast, s.most)
	if _, err := c.Append(nil, make([]byte, s.least)); errors.Is(err, codec.ErrBadLength) { // fixed
		s.most = codec.Max(c)
		s.least = s.most
	}
	if s.most > maxDamageSize {
		return nil, fmt.Errorf("frames of %d bytes: damage is tried with at most %d", s.most, maxDamageSize)
	}
	var err error
	s.split, err = partsOf(c)
	return s, err
}

// maxDamageSize bounds the memory that a stream takes.
const maxDamageSize = 64 << 10

// generate returns stream i. It holds until the next call.
func (s *damageSource) generate(i int) (*damageStream, error) {
	st := &s.stream
	st.sent, st.wire, st.starts, st.spots = st.sent[:0], st.wire[:0], st.starts[:0], st.spots[:0]
	r := rand.New(rand.NewPCG(s.seed, uint64(i)))
	content := randomOf(s.seed, uint64(i), damageFrames*s.most)
	if s.text {
		for i, b := range content {
			content[i] = ' ' + byte(int(b)*('~'-' '+1)>>8)
		}
	}
	for range damageFrames {
		n := s.least + r.IntN(s.most-s.least+1)
		st.sent = append(st.sent, content[:n:n])
		content = content[n:]
	}
	for _, payload := range st.sent {
		from := len(st.wire)
		st.starts = append(st.starts, from)
		var err error
		if st.wire, err = s.codec.Append(st.wire, payload); err != nil {
			return nil, err
		}
		st.spots = append(st.spots, s.split(st.wire[from:], payload))
	}
	st.starts = append(st.starts, len(st.wire))
	st.wire = append(st.wire, codec.End(s.codec)...)
	return st, nil
}

// partsOf returns how to tell head, payload and tail of a frame apart. The payload is the part that stands for it, escapes and the later
// codes of cobs included; a checksum belongs to the tail. The first code of cobs is its head, the flag before a frame that of hdlc.
func partsOf(c codec.Codec) (func(wire, payload []byte) extents, error) {
	name, keys, _ := strings.Cut(c.String(), ":")
	base, summed := strings.CutSuffix(name, "+crc32c")
	if e, ok := c.(codec.Enveloper); ok {
		return func(wire, payload []byte) extents {
			head, tail := e.Envelope(len(payload))
			return extents{len(head), len(wire) - len(head) - len(tail), len(tail)}
		}, nil
	}
	inner := base
	if keys != "" {
		inner += ":" + keys
	}
	th, err := theoryOf(inner)
	if err != nil {
		return nil, err
	}
	var headOf func(wire, payload []byte) int
	switch base {
	case "slip", "line", "delim", "fixed", "eof":
		headOf = func(_, _ []byte) int { return 0 }
	case "cobs", "hdlc":
		headOf = func(_, _ []byte) int { return 1 }
	default:
		x, err := codec.Parse(inner)
		e, ok := x.(codec.Enveloper)
		if err != nil || !ok || !summed {
			return nil, fmt.Errorf("where the payload lies in a frame of %s is not known", c)
		}
		headOf = func(wire, payload []byte) int {
			head, _ := e.Envelope(len(payload) + 4)
			return len(head)
		}
	}
	// What X adds to a payload that is all there is in its frame, without its head and its tail: escapes, and codes of cobs.
	inside := func([]byte) int { return 0 }
	switch base {
	case "slip":
		inside = func(p []byte) int { return th.wire(p) - len(p) - 1 }
	case "cobs":
		inside = func(p []byte) int { return th.wire(p) - len(p) - 2 }
	case "hdlc":
		bare := hdlcTheory(0)
		inside = func(p []byte) int { return bare.wire(p) - len(p) - 2 }
	}
	return func(wire, payload []byte) extents {
		head, body := headOf(wire, payload), len(payload)+inside(payload)
		return extents{head, body, len(wire) - head - body}
	}, nil
}
