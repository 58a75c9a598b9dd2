package codec

import "time"

// DefaultMax is the greatest payload, in bytes, that a codec carries when nothing else was said.
const DefaultMax = 16 << 20

// MaxMax is the greatest limit that can be asked for: a frame is one piece of memory.
const MaxMax = 1 << 30

// A Codec turns payloads into frames on the wire and back. It is an immutable value: any number of goroutines may share it.
type Codec interface {
	// String returns the canonical spec: Parse(c.String()) behaves as c does.
	String() string

	// Append appends one encoded frame to dst and returns the longer slice. On an error dst comes back as it was.
	// It keeps neither dst nor payload; the two must not overlap.
	Append(dst, payload []byte) ([]byte, error)

	// Bound returns the greatest encoded size, in bytes, of a payload of n bytes.
	Bound(n int) int

	// NewDecoder returns the state of one direction of one connection.
	NewDecoder() Decoder
}

// A Decoder finds frames at the start of a window. One goroutine at a time may use it.
//
// Decode looks at the unread bytes buf and says one of:
//
//	n > 0, err == nil   done with buf[:n]; frame is what they carried, nil if nothing. Go on with buf[n:].
//	n > 0, err != nil   buf[:n] are a bad frame, or the part of one that is there; the stream lives. Go on with buf[n:].
//	n == 0, err == nil  no complete frame yet. Call again with a longer buf that begins with the same bytes (they may lie elsewhere).
//	n == 0, err != nil  the stream is dead.
//
// A frame of no bytes is []byte{}, never nil. A frame aliases buf or the decoder and holds until the next call; its capacity is its
// length, so appending to it overwrites nothing. No input makes Decode panic or loop.
type Decoder interface {
	Decode(buf []byte) (n int, frame []byte, err error)
}

// Needer is a Decoder that knows how long a window it waits for.
type Needer interface {
	// Need is asked after Decode said "no complete frame yet": so many bytes, counted from the start of buf, must be there before
	// another Decode can get on. 0 means unknown. The number is the peer's claim: it is no reason to allocate.
	Need() int
}

// Flusher is a Decoder that has something to say about the end of a stream.
type Flusher interface {
	// Flush is told that nothing follows buf, for which Decode found no complete frame: the stream ended or, for the decoder of a
	// Quieter, fell silent. It returns the frame that buf makes, nil if there is none, io.ErrUnexpectedEOF if the end lies inside
	// a frame. The decoder is then at a frame boundary. A Decoder that is no Flusher is inside a frame if buf is not empty.
	Flush(buf []byte) (frame []byte, err error)
}

// Quieter is a Codec whose messages also end when the peer says nothing more for a while.
type Quieter interface {
	// Quiet is that while. After it the driver calls Stream.Flush.
	Quiet() time.Duration
}

// Enveloper is a Codec that carries payloads verbatim, between a head and a tail that depend on nothing but their length. A big
// payload is then sent as head, payload, tail without being copied.
type Enveloper interface {
	// Envelope returns the bytes before and after a payload of n bytes; nil means none. The caller must not change them.
	// It panics if Append would refuse a payload of that length, for what it then returned would be a lie on the wire:
	// compare n with Max(c) first, and ask Check if the codec is a Checker, or use Append, which returns an error.
	Envelope(n int) (head, tail []byte)
}

// Checker is a Codec that does not carry every payload up to its limit: what would end the frame too early, or is of a size that it
// has no frames for. Whoever uses the Envelope of a Checker calls Check first: Envelope sees nothing but the length.
type Checker interface {
	// Check returns the error with which Append would refuse the payload, nil if it would not.
	Check(payload []byte) error
}

// Limiter is a Codec whose greatest payload can be read and changed. Every codec of this package is one.
type Limiter interface {
	// Limit returns the greatest decoded payload in bytes.
	Limit() int

	// WithLimit returns the same framing with another limit in bytes, 1 to MaxMax, clipped to what the framing can carry.
	WithLimit(max int) (Codec, error)
}

// Max returns the greatest decoded payload, in bytes, that c carries: DefaultMax if c does not say.
func Max(c Codec) int {
	if l, ok := c.(Limiter); ok {
		return l.Limit()
	}
	return DefaultMax
}

// WithMax returns the framing of c with another limit, smaller or larger, in bytes. A framing that cannot carry so much is clipped
// to what it can: Max of the result tells. It fails for max outside 1 to MaxMax, and for a codec without a limit to change.
func WithMax(c Codec, max int) (Codec, error) {
	l, ok := c.(Limiter)
	if !ok {
		return nil, specErrorf("%s has no limit to change", c)
	}
	if err := checkMax(max); err != nil {
		return nil, err
	}
	return l.WithLimit(max)
}

// Delimits reports whether the wire tells where a frame of c ends. It does not for raw and text, where a frame is a matter of
// timing and the sizes that were sent do not come back. A codec says so with a method Delimits() bool; without it, it does.
func Delimits(c Codec) bool {
	d, ok := c.(interface{ Delimits() bool })
	return !ok || d.Delimits()
}

// Once reports whether a direction carries one message and no second: after it the sender must shut its direction down, for that is
// what ends the message. Append, which has no state, cannot refuse a second; it would be the rest of the first. A codec says so with
// a method Once() bool; without it, any number of messages follow each other.
func Once(c Codec) bool {
	o, ok := c.(interface{ Once() bool })
	return ok && o.Once()
}

// End returns the bytes that a sender of c owes after its last frame, before it shuts its direction down: without them the receiver
// takes the end of the stream for a truncation. It is nil for a framing without an explicit end, which is most of them. A codec has
// one with a method End() []byte. The caller must not change the bytes.
func End(c Codec) []byte {
	if e, ok := c.(interface{ End() []byte }); ok {
		return e.End()
	}
	return nil
}

// limitOf is the limit of a literal: DefaultMax for zero and less, at most MaxMax.
func limitOf(max int) int {
	if max <= 0 {
		return DefaultMax
	}
	return min(max, MaxMax)
}

func checkMax(max int) error {
	if max < 1 || max > MaxMax {
		return specErrorf("max=%d: must be 1 to %d bytes", max, MaxMax)
	}
	return nil
}
