package codec_test

import "bytes"

// stuffedReference takes the bytes of each frame to decode, which returns a class where the frame is bad, and it is so however long it
// is. An empty class is a frame, "none" is nothing.
func stuffedReference(delimiter byte, decode func(t *tape, wire []byte, whole bool) (p []byte, class string)) func(*tape) {
	return func(t *tape) {
		for t.more() {
			at := bytes.IndexByte(t.rest, delimiter)
			whole := at >= 0
			if !whole {
				at = len(t.rest)
			}
			wire := t.rest[:at]
			t.rest = t.rest[min(at+1, len(t.rest)):]
			if whole && at == 0 {
				continue
			}
			switch p, class := decode(t, wire, whole); {
			case class == "too_long":
				t.tooLong()
			case class != "" && class != "none":
				t.bad(class)
			case whole && class == "":
				t.frame(p)
			}
			if !whole {
				t.bad("truncated")
			}
		}
	}
}

func cobsReference(t *tape, wire []byte, whole bool) (p []byte, class string) {
	left, owed := 0, false
	for _, b := range wire {
		if left > 0 {
			p = append(p, b)
			left--
		} else {
			if owed {
				p = append(p, 0)
			}
			left, owed = int(b)-1, b != 0xff
		}
		if len(p) > t.max {
			return nil, "too_long"
		}
	}
	if whole && left > 0 {
		return nil, "bad_frame"
	}
	return p, ""
}

func slipReference(t *tape, wire []byte, whole bool) (p []byte, class string) {
	for i := 0; i < len(wire); i++ {
		b := wire[i]
		if b == 0xdb {
			if i++; i == len(wire) {
				if whole {
					class = "bad_escape"
				}
				return nil, class
			}
			switch wire[i] {
			case 0xdc:
				b = 0xc0
			case 0xdd:
				b = 0xdb
			default:
				return nil, "bad_escape"
			}
		}
		if p = append(p, b); len(p) > t.max {
			return nil, "too_long"
		}
	}
	return p, ""
}

func hdlcReference(fcs int) func(t *tape, wire []byte, whole bool) (p []byte, class string) {
	return func(t *tape, wire []byte, whole bool) (p []byte, class string) {
		for i := 0; i < len(wire); i++ {
			b := wire[i]
			if b == 0x7d {
				if i++; i == len(wire) {
					return nil, "none"
				}
				b = wire[i] ^ 0x20
			}
			if p = append(p, b); len(p) > t.max+fcs {
				return nil, "too_long"
			}
		}
		if fcs == 0 || !whole {
			return p, ""
		}
		sum := uint16(0xffff)
		for _, b := range p {
			for bit := range 8 {
				low := (sum ^ uint16(b>>bit)) & 1
				sum = sum>>1 ^ low*0x8408
			}
		}
		switch {
		case sum == 0xf0b8 && len(p) >= 2:
			return p[:len(p)-2], ""
		case len(p) < 4:
			return nil, "none"
		}
		return nil, "bad_checksum"
	}
}
