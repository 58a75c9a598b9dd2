package codec

// EOF is no bytes at all: a direction carries one message, which ends when its sender shuts the direction down (see Once), as in
// HTTP/1.0 and in finger. The zero value carries at most DefaultMax.
//
//	payload  | h i |
//	wire     | h i   ...end of the stream
//
// The message is delivered by Flush, so by Stream.Close and at the end of a Reader, and nothing before. A direction that ends without a
// byte is the empty message. More than Max is ErrTooLong as soon as it came; with Discard the rest passes through and no message is
// delivered.
//
// What it cannot do: tell the end from a sender that died (a message cut short is a message), notice a byte flipped, inserted or
// lost, or carry a second message. eof+crc32c notices all of the former.
type EOF struct {
	Max     int     // greatest message in bytes; 0 means DefaultMax
	TooLong TooLong // what follows Max bytes and another
}

// String returns eof, with the keys that are not the default.
func (c EOF) String() string { return specOf("eof", c.Limit(), c.TooLong) }

// Limit returns the greatest message in bytes.
func (c EOF) Limit() int { return limitOf(c.Max) }

// WithLimit returns c with another Max.
func (c EOF) WithLimit(max int) (Codec, error) { c.Max = max; return c, checkMax(max) }

// Bound returns n.
func (c EOF) Bound(n int) int { return n }

// Once returns true.
func (c EOF) Once() bool { return true }

// Append appends payload as it is. It fails with ErrTooLong for a payload over Max; a second payload it cannot tell from a first.
func (c EOF) Append(dst, payload []byte) ([]byte, error) {
	return c.appendSummed(dst, payload, checksum{})
}

func (c EOF) summing() summing { return summing{} }

func (c EOF) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	n := len(payload) + sum.size
	if limit := c.Limit(); n > limit {
		return dst, errTooLong(uint64(n), limit, nil)
	}
	return append(append(dst, payload...), sum.bytes[:sum.size]...), nil
}

// Envelope returns nothing: the payload is all there is on the wire.
func (c EOF) Envelope(n int) (head, tail []byte) {
	if limit := c.Limit(); n > limit {
		panic(errTooLong(uint64(n), limit, nil))
	}
	return nil, nil
}

// NewDecoder returns a decoder at the start of the message.
func (c EOF) NewDecoder() Decoder { return &eofDecoder{max: c.Limit(), discard: c.TooLong == Discard} }

type eofDecoder struct {
	max     int
	discard bool
	skip    bool // the message is over the limit and passes through
	done    bool // it was delivered
}

func (d *eofDecoder) Decode(buf []byte) (int, []byte, error) {
	switch {
	case d.skip:
		return len(buf), nil, nil
	case len(buf) <= d.max:
		return 0, nil, nil
	case d.discard:
		d.skip = true
		return len(buf), nil, errNoEnd(d.max, nil)
	}
	return 0, nil, errNoEnd(d.max, nil)
}

// Need returns one byte more than the limit: short of that, nothing but the end of the stream can make Decode get on.
func (d *eofDecoder) Need() int { return d.max + 1 }

// Flush returns the message.
func (d *eofDecoder) Flush(buf []byte) ([]byte, error) {
	if d.skip || d.done {
		return nil, nil
	}
	d.done = true
	if len(buf) == 0 {
		return []byte{}, nil
	}
	return buf[:len(buf):len(buf)], nil
}

// effort is nothing: no byte is looked at.
func (d *eofDecoder) effort() (scanned, copied int64) { return 0, 0 }

func parseEOF(a *args) (Codec, error) { return EOF{Max: a.max(DefaultMax), TooLong: a.tooLong()}, nil }
