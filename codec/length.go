package codec

// Order is the byte order of a length field. The zero value is big endian, the order of the network.
type Order uint8

const (
	BigEndian Order = iota
	LittleEndian
)

// Length is a length field framing, for both directions. The zero value is u32: a length of four bytes, big endian, then so many
// bytes of payload, at most DefaultMax.
//
//	0            Offset      h = Offset+Width     Strip            total-len(Trailer)   total
//	+------------+-----------+--------------------+----------------+--------------------+
//	|    Head    |   field v | stripped, if any   |    payload     |      Trailer       |
//	+------------+-----------+--------------------+----------------+--------------------+
//	             |<- Width ->|<------------------ v + Adjust ------------------------->|
//
// A frame is total = h + v + Adjust bytes on the wire. The decoder delivers those from Strip up to the trailer; Max counts them.
//
// Append is the inverse of decoding. Bytes that decoding strips, and that are not the field, are Head and else zero. When
// Strip < h, the kept part of the head belongs to the payload in both directions: a decoded frame can be sent on as it is, and a
// payload whose field does not tell its true length is refused with ErrBadLength rather than changed.
//
// Length is comparable, and immutable once used.
type Length struct {
	Width   int     // bytes of the field, 1 to 8; 0 means 4
	Offset  int     // bytes before the field, at most 65535
	Head    string  // what Append puts there; empty means zeros, else Offset bytes. Decoding does not compare it
	Adjust  int     // what to add to the field for the bytes that follow it; -Width when the field counts itself
	Strip   int     // leading bytes that are not delivered, at most 65535; 0 means all through the field
	Trailer string  // bytes that end each frame, at most 255, checked (AMQP: 0xCE). They are part of total: see Adjust
	Max     int     // greatest payload in bytes; 0 means DefaultMax. Clipped to what the field can tell
	Order   Order   // byte order of the field
	Keep    bool    // deliver the head too: a Strip of nothing
	Signed  bool    // the field is two's complement, and negative is ErrBadLength (Kafka)
	TooLong TooLong // what follows a payload over Max
}

const maxHead = 1<<16 - 1

// Validate reports what makes l impossible, as an ErrSpec. Parse has called it; for a literal, call it where the literal is made:
// the methods that encode and decode panic on an impossible Length.
func (l Length) Validate() error {
	_, err := l.layout()
	return err
}

// layout is a Length with its defaults resolved into what the loops need. All sums fit: each term is under 2^31.
type layout struct {
	most           uint64 // greatest field value that makes an acceptable frame
	head           int    // sizes in bytes
	tail           int
	width          uint8
	little, signed bool
	bare           bool // big endian, with nothing before the field and the payload behind it: u8 to u64

	offset, strip int
	base          int    // total - field
	pad           int    // bytes between field and payload that are stripped
	limit         int    // greatest payload
	least         uint64 // as most
}

func (l Length) layout() (y layout, err error) {
	width := l.Width
	if width == 0 {
		width = 4
	}
	limit := l.Max
	if limit == 0 {
		limit = DefaultMax
	}
	strip := l.Strip
	if strip == 0 && !l.Keep {
		strip = l.Offset + width
	}
	switch {
	case width < 1 || width > 8:
		return y, specErrorf("width=%d: must be 1 to 8", l.Width)
	case l.Order > LittleEndian:
		return y, specErrorf("order=%d: must be be or le", l.Order)
	case l.Offset < 0 || l.Offset > maxHead:
		return y, specErrorf("offset=%d: must be 0 to %d", l.Offset, maxHead)
	case l.Head != "" && len(l.Head) != l.Offset:
		return y, specErrorf("head is %d bytes, offset=%d", len(l.Head), l.Offset)
	case l.Adjust < -MaxMax || l.Adjust > MaxMax:
		return y, specErrorf("adjust=%d: must be %d to %d", l.Adjust, -MaxMax, MaxMax)
	case l.Strip < 0 || l.Strip > maxHead:
		return y, specErrorf("strip=%d: must be 0 to %d", l.Strip, maxHead)
	case l.Keep && l.Strip != 0:
		return y, specErrorf("keep and strip=%d contradict each other", l.Strip)
	case len(l.Trailer) > 255:
		return y, specErrorf("trailer is %d bytes, at most 255", len(l.Trailer))
	}
	if err := l.TooLong.check(); err != nil {
		return y, err
	}
	if err := checkMax(limit); err != nil {
		return y, err
	}

	y = layout{
		head: l.Offset + width, offset: l.Offset, strip: strip, tail: len(l.Trailer),
		width: uint8(width), little: l.Order == LittleEndian, signed: l.Signed,
	}
	y.base = y.head + l.Adjust
	y.pad = max(0, strip-y.head)

	most := int64(limit) + int64(strip+y.tail) - int64(y.base)
	least := max(0, int64(max(y.head, strip)+y.tail)-int64(y.base))
	if m := y.fieldMax(); most > 0 && uint64(most) > m {
		most = int64(m) // m < most, so it fits
	}
	if most < least {
		return y, specErrorf("no frame fits: the field would have to be %d to %d", least, most)
	}
	y.least, y.most = uint64(least), uint64(most)
	y.limit = int(most + int64(y.base) - int64(strip+y.tail))
	y.bare = y.offset == 0 && least == 0 && strip == y.head && y.base == y.head && !y.little
	return y, nil
}

// fieldMax is the greatest value that the field can hold.
func (y *layout) fieldMax() uint64 {
	bits := uint(y.width) * 8
	if y.signed {
		bits--
	}
	return 1<<bits - 1 // a shift by 64 gives 0, and 0 - 1 is all ones
}

func (l Length) must() layout {
	y, err := l.layout()
	if err != nil {
		panic(err)
	}
	return y
}

// Limit returns the greatest payload in bytes: Max, or less if the field cannot tell as much.
func (l Length) Limit() int { return l.must().limit }

// WithLimit returns l with another Max.
func (l Length) WithLimit(max int) (Codec, error) {
	l.Max = max
	return l, l.Validate()
}
