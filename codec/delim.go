package codec

import (
	"encoding/hex"
	"strings"
)

// Delim is a framing whose payloads end at a delimiter of one or more bytes, or at any of several. Where delimiters overlap, the one
// that starts first ends the frame. The zero value is impossible: there must be a Sep.
//
//	Delim{Sep: "\r\n"}                            wire     | h i \r \n | ! \r \n | \r \n |
//	                                              frames   | h i       | !       |       |
//	Delim{Sep: ";", Also: [7]string{"\r\n"}}      wire     | h i ; | ! \r \n |
//	                                              frames   | h i   | !       |
//	Delim{Sep: ";", Keep: true}                   wire     | h i ; | ! ; |
//	                                              frames   | h i ; | ! ; |
//
// No delimiter may lie inside another one, unless at its end, as \n does in \r\n: where \r and \r\n both end a frame, a cut between
// the two bytes decides. Max counts what is delivered. The beginning of a delimiter is not payload before it is seen to be none, so a
// delimiter that is cut at the limit is not too long.
//
// With Keep the delimiter belongs to the payload, in both directions: a decoded frame can be sent on as it is, and a payload that is
// not one such frame is refused.
//
// What it cannot do: carry a delimiter, or what would make one together with the Sep behind it (a with aba): Append refuses both. It
// notices nothing: a damaged delimiter makes two frames one, one that appears makes a frame two, other damage stays in its frame. But
// it costs one frame only, or the two beside that delimiter: the next one is good again.
//
// Delim is comparable, and immutable once used.
type Delim struct {
	Sep     string    // what Append writes behind a payload, 1 to 255 bytes
	Also    [7]string // other delimiters that end a frame; the empty ones mean nothing
	Keep    bool      // deliver the delimiter too
	Tail    Tail      // what becomes of bytes behind the last delimiter when the stream ends
	Max     int       // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong   // what follows a payload over Max
}

const (
	maxSep  = 255
	maxSeps = len(Delim{}.Also) + 1
)

// Validate reports what makes d impossible, as an ErrSpec. The methods that encode and decode panic on an impossible Delim.
func (d Delim) Validate() error {
	var m matcher
	limit := d.Max
	if limit == 0 {
		limit = DefaultMax
	}
	if d.Sep == "" {
		return specErrorf("sep is missing: want bytes in hex, such as 0d0a, or several with / between them")
	}
	d.matcher(&m)
	for i, s := range m.seps[:m.n] {
		if len(s) > maxSep {
			return specErrorf("a delimiter of %d bytes, at most %d", len(s), maxSep)
		}
		for j, other := range m.seps[:m.n] {
			if at := strings.Index(other, s); i != j && at >= 0 && (at+len(s) < len(other) || at == 0) {
				return specErrorf("sep=%s: %x lies inside %x, so a cut would decide which one it is", d.sepList(), s, other)
			}
		}
	}
	if err := d.Tail.check(); err != nil {
		return err
	}
	if err := d.TooLong.check(); err != nil {
		return err
	}
	if d.Keep && limit < m.shortest {
		return specErrorf("max=%d: no room for a delimiter of %d bytes", limit, m.shortest)
	}
	return checkMax(limit)
}

func (d Delim) must() {
	if err := d.Validate(); err != nil {
		panic(err)
	}
}

// Limit returns the greatest payload in bytes, with the delimiter if that is kept.
func (d Delim) Limit() int {
	if d.Max == 0 {
		return DefaultMax
	}
	return d.Max
}

// WithLimit returns d with another Max.
func (d Delim) WithLimit(max int) (Codec, error) {
	d.Max = max
	return d, d.Validate()
}

func (d *Delim) sepList() string {
	list := hex.EncodeToString([]byte(d.Sep))
	for _, s := range d.Also {
		if s != "" {
			list += "/" + hex.EncodeToString([]byte(s))
		}
	}
	return list
}

// String returns delim:sep=HEX, with the other keys that are not the defaults.
func (d Delim) String() string {
	keys := []string{"sep=" + d.sepList()}
	if d.Keep {
		keys = append(keys, "keep")
	}
	if d.Tail != TailError {
		keys = append(keys, "tail="+tailNames[d.Tail])
	}
	return specOf("delim", d.Max, d.TooLong, keys...)
}

func parseDelim(a *args) (Codec, error) {
	var d Delim
	list, ok := a.take("sep")
	for i, s := range strings.Split(list, "/") {
		b, err := hex.DecodeString(s)
		switch {
		case !ok:
		case err != nil || len(b) == 0:
			a.fail("sep", list, "bytes in hex, such as 0d0a, or several with / between them")
		case i == 0:
			d.Sep = string(b)
		case i < maxSeps:
			d.Also[i-1] = string(b)
		default:
			a.fail("sep", list, "no more than 8 delimiters")
		}
	}
	d.Keep = a.flag("keep")
	d.Tail = Tail(a.choice("tail", tailNames...))
	d.Max = a.max(0)
	d.TooLong = a.tooLong()
	if a.err != nil {
		return nil, a.err
	}
	return d, d.Validate()
}
