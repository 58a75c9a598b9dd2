package codec

// Raw is no framing at all: what one read returned is a message. It is the mistake that many small network tools make, and the
// floor that framings are compared with. The zero value splits chunks at DefaultMax bytes.
//
//	sent        | h e l l o | w o r l d |
//	received    | h e l l | o w o r l d |   wherever the network cut it
type Raw struct {
	Max int // greatest message in bytes; 0 means DefaultMax
}

// String returns raw, with max if it is not the default.
func (r Raw) String() string { return specOf("raw", r.Limit(), Fatal) }

// Append appends payload as it is, whatever its size, and never fails: the other end gets pieces of it anyway.
func (r Raw) Append(dst, payload []byte) ([]byte, error) { return append(dst, payload...), nil }

// Bound returns n.
func (r Raw) Bound(n int) int { return n }

// Envelope returns nothing: the payload is all there is on the wire. It takes any n.
func (r Raw) Envelope(int) (head, tail []byte) { return nil, nil }

// Delimits returns false.
func (r Raw) Delimits() bool { return false }

// Limit returns the greatest message in bytes.
func (r Raw) Limit() int { return limitOf(r.Max) }

// WithLimit returns a Raw that splits chunks at max bytes.
func (r Raw) WithLimit(max int) (Codec, error) { return Raw{Max: max}, checkMax(max) }

// NewDecoder returns a decoder. It has no state.
func (r Raw) NewDecoder() Decoder { return &rawDecoder{r.Limit()} }

type rawDecoder struct{ max int }

func (d *rawDecoder) Decode(buf []byte) (int, []byte, error) {
	if len(buf) == 0 {
		return 0, nil, nil
	}
	n := min(len(buf), d.max)
	return n, buf[:n:n], nil
}

func (d *rawDecoder) effort() (scanned, copied int64) { return 0, 0 }

func parseRaw(a *args) (Codec, error) {
	max := a.max(DefaultMax)
	a.tooLong() // accepted for every framing; nothing is too long here
	return Raw{Max: max}, nil
}
