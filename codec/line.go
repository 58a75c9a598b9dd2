package codec

import (
	"bytes"
	"fmt"
	"io"
)

// Line is the framing of text protocols: a payload ends at a line feed, and one carriage return before that is dropped. The zero value
// has a Max of DefaultMax.
//
//	wire     | h i \n | ! \r \n | \n |
//	frames   | h i    | !       |    |
//
// Max counts neither the line feed nor the dropped carriage return, wherever a cut lies. Append ends a line with the line feed alone;
// for peers that insist on CR LF there is Delim{Sep: "\r\n"}.
//
// What it cannot do: carry a line feed, or a carriage return at the end of a payload: Append refuses both. It notices nothing: a lost
// line feed makes two frames one, one that appears makes a frame two, and any other damage stays in its frame. But it costs one frame
// only, or the two beside that line feed: the next one is good again.
//
// Line is comparable, and immutable once used.
type Line struct {
	KeepCR  bool    // a carriage return before the line feed is part of the payload
	Tail    Tail    // what becomes of bytes behind the last line feed when the stream ends
	Max     int     // greatest payload in bytes; 0 means DefaultMax
	TooLong TooLong // what follows a payload over Max
}

// Validate reports what makes l impossible, as an ErrSpec. The methods that encode and decode panic on an impossible Line.
func (l Line) Validate() error {
	_, err := l.rules()
	return err
}

func (l Line) rules() (limit int, err error) {
	limit = l.Max
	if limit == 0 {
		limit = DefaultMax
	}
	if err := l.Tail.check(); err != nil {
		return 0, err
	}
	if err := l.TooLong.check(); err != nil {
		return 0, err
	}
	return limit, checkMax(limit)
}

// Limit returns the greatest payload in bytes.
func (l Line) Limit() int {
	limit, err := l.rules()
	if err != nil {
		panic(err)
	}
	return limit
}

// WithLimit returns l with another Max.
func (l Line) WithLimit(max int) (Codec, error) {
	l.Max = max
	return l, l.Validate()
}

// String returns line, with the keys that are not the defaults.
func (l Line) String() string {
	var keys []string
	if l.KeepCR {
		keys = append(keys, "cr=keep")
	}
	if l.Tail != TailError {
		keys = append(keys, "tail="+tailNames[l.Tail])
	}
	return specOf("line", l.Max, l.TooLong, keys...)
}

func parseLine(a *args) (Codec, error) {
	l := Line{
		KeepCR: a.choice("cr", "drop", "keep") == 1, Tail: Tail(a.choice("tail", tailNames...)),
		Max: a.max(0), TooLong: a.tooLong(),
	}
	return l, l.Validate()
}

// Bound returns n+1. It is exact for what Append writes; a peer that ends its lines with CR LF spends one byte more.
func (l Line) Bound(n int) int { return n + 1 }

// Append appends payload and a line feed. It fails as Check does.
func (l Line) Append(dst, payload []byte) ([]byte, error) {
	return l.appendSummed(dst, payload, checksum{})
}

func (l Line) summing() summing { return summing{digits: true, resyncs: true} }

func (l Line) appendSummed(dst, payload []byte, sum checksum) ([]byte, error) {
	if err := l.check(payload, sum.size); err != nil {
		return dst, err
	}
	return append(append(append(dst, payload...), sum.bytes[:sum.size]...), '\n'), nil
}

// Check returns ErrTooLong for a payload over Max, ErrBadFrame for one that would not arrive as it is.
func (l Line) Check(payload []byte) error { return l.check(payload, 0) }

// check is Check of a payload with a sum of so many digits behind it.
func (l Line) check(payload []byte, sum int) error {
	if n, limit := len(payload)+sum, l.Limit(); n > limit {
		return errTooLong(uint64(n), limit, nil)
	}
	if i := search(payload, '\n'); i >= 0 {
		return fmt.Errorf("%w: byte %d of the payload is 0x0a, the end of a line", ErrBadFrame, i)
	}
	if i := len(payload) - 1; !l.KeepCR && sum == 0 && i >= 0 && payload[i] == '\r' {
		return fmt.Errorf("%w: byte %d of the payload, its last, is 0x0d and would be dropped", ErrBadFrame, i)
	}
	return nil
}

var newline = []byte{'\n'}

// Envelope returns no head, and the line feed. The payload must have passed Check.
func (l Line) Envelope(n int) (head, tail []byte) {
	if limit := l.Limit(); n > limit {
		panic(errTooLong(uint64(n), limit, nil))
	}
	return nil, newline[:1:1]
}

// NewDecoder returns a decoder at a frame boundary.
func (l Line) NewDecoder() Decoder {
	return &lineDecoder{limit: l.Limit(), keepCR: l.KeepCR, tail: l.Tail, discard: l.TooLong == Discard}
}

// lineDecoder looks for a line feed, in each byte once.
type lineDecoder struct {
	limit    int
	seen     int // bytes at the start of buf that are known to hold no line feed
	tail     Tail
	keepCR   bool
	discard  bool
	dropping bool // inside a line that is being discarded
	scanned  int64
}

func (d *lineDecoder) Decode(buf []byte) (int, []byte, error) {
	fresh := buf[d.seen:]
	i := bytes.IndexByte(near(fresh), '\n')
	if i < 0 && len(fresh) > searchNear {
		i = searchOn(fresh, '\n')
	}
	if i < 0 {
		return d.open(buf)
	}
	d.scanned += int64(i + 1)
	i += d.seen
	d.seen = 0
	n := i
	if n > 0 && buf[n-1] == '\r' && !d.keepCR {
		n--
	}
	switch {
	case d.dropping:
		d.dropping = false
		return i + 1, nil, nil
	case n > d.limit:
		return d.refuse(buf, i+1, false)
	}
	return i + 1, buf[:n:n], nil
}

// open is Decode of a line whose end is not there.
func (d *lineDecoder) open(buf []byte) (int, []byte, error) {
	d.scanned += int64(len(buf) - d.seen)
	switch {
	case d.dropping:
		return len(buf), nil, nil
	case len(d.strip(buf)) > d.limit:
		return d.refuse(buf, len(buf), true)
	}
	d.seen = len(buf)
	return 0, nil, nil
}

// walk yields the lines that lie whole in chunk, as lengthDecoder.walk does, and tells Decode how far it has looked.
func (d *lineDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	limit, keepCR, all, looked := d.limit, d.keepCR, len(chunk), 0
	for more = true; more; {
		i := bytes.IndexByte(near(chunk), '\n')
		if i < 0 && len(chunk) > searchNear {
			i = searchOn(chunk, '\n')
		}
		if i < 0 {
			looked = len(chunk)
			break
		}
		frame := chunk[:i:i]
		if !keepCR && i > 0 && chunk[i-1] == '\r' {
			frame = chunk[: i-1 : i-1]
		}
		if len(frame) > limit {
			looked = i
			break
		}
		chunk = chunk[i+1:]
		more = yield(frame, nil)
	}
	d.seen = looked
	d.scanned += int64(all - len(chunk) + looked)
	return chunk, more
}

// walks reports whether walk may be called: at a frame boundary.
func (d *lineDecoder) walks() bool { return d.seen == 0 && !d.dropping }

// strip returns line without what is not payload. In a line that is not all there, its last byte may be the carriage return.
func (d *lineDecoder) strip(line []byte) []byte {
	n := len(line)
	if n > 0 && line[n-1] == '\r' && !d.keepCR {
		n--
	}
	return line[:n:n]
}

// refuse is the error for a line over the limit, of which n bytes are there. It is open if its end is not.
func (d *lineDecoder) refuse(buf []byte, n int, open bool) (int, []byte, error) {
	err := errNoEnd(d.limit, buf[:min(4, d.limit+1)])
	if !d.discard {
		return 0, nil, err
	}
	d.seen, d.dropping = 0, open
	return n, nil, err
}

func (d *lineDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }

// Flush does with an unended line what Tail says. When it is delivered, a carriage return at its end is dropped as before a line feed.
func (d *lineDecoder) Flush(buf []byte) ([]byte, error) {
	inside := len(buf) > 0 || d.dropping
	d.seen, d.dropping = 0, false
	switch {
	case inside && d.tail == TailError:
		return nil, io.ErrUnexpectedEOF
	case len(buf) > 0 && d.tail == TailDeliver:
		return d.strip(buf), nil
	}
	return nil, nil
}
