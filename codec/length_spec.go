package codec

import (
	"encoding/hex"
	"fmt"
)

// parseLength reads the keys of a length field over the defaults of a name; a name that fixes width and order does not take them.
func parseLength(l Length) func(*args) (Codec, error) {
	return func(a *args) (Codec, error) {
		l := l
		if l.Width == 0 {
			l.Width = a.integer("width", 4, 1, 8)
			l.Order = Order(a.choice("order", "be", "le"))
		}
		l.Offset = a.integer("offset", 0, 0, maxHead)
		l.Head = a.bytes("head")
		l.Adjust = a.integer("adjust", 0, -MaxMax, MaxMax)
		through := l.Offset + l.Width
		switch strip := a.integer("strip", through, 0, maxHead); strip {
		case through: // the default: leave it zero, so that equal framings are equal values
		case 0:
			l.Keep = true
		default:
			l.Strip = strip
		}
		l.Signed = a.flag("signed")
		l.Trailer = a.bytes("trailer")
		l.Max = a.max(0)
		l.TooLong = a.tooLong()
		if a.err != nil {
			return nil, a.err
		}
		if err := l.Validate(); err != nil {
			return nil, err
		}
		return l, nil
	}
}

// String returns the shortest spec that Parse reads as this framing: u32 and not length:width=4.
func (l Length) String() string {
	width := l.Width
	if width == 0 {
		width = 4
	}
	var keys []string
	add := func(format string, value any) { keys = append(keys, fmt.Sprintf(format, value)) }

	name := fmt.Sprintf("u%d", 8*width)
	if l.Order == LittleEndian && width > 1 {
		name += "le"
	}
	if !isName(name) {
		name = "length"
		add("width=%d", width)
		if l.Order == LittleEndian {
			add("order=%s", "le")
		}
	}
	if l.Offset != 0 {
		add("offset=%d", l.Offset)
	}
	if l.Head != "" {
		add("head=%s", hex.EncodeToString([]byte(l.Head)))
	}
	if l.Adjust != 0 {
		add("adjust=%d", l.Adjust)
	}
	if l.Keep || l.Strip != 0 && l.Strip != l.Offset+width {
		add("strip=%d", l.Strip)
	}
	if l.Signed {
		keys = append(keys, "signed")
	}
	if l.Trailer != "" {
		add("trailer=%s", hex.EncodeToString([]byte(l.Trailer)))
	}
	return specOf(name, l.Max, l.TooLong, keys...)
}
