package codec

import (
	"fmt"
	"io"
)

const (
	chunkDigits  = 16       // hex digits of a size
	chunkLine    = 4 << 10  // bytes of a size line
	chunkTrailer = 16 << 10 // bytes of all trailer fields
	chunkExcess  = 16 << 10 // bytes that are not payload, beyond 16 for each chunk and twice the payload
)

// chunkState is what the next byte belongs to.
type chunkState uint8

const (
	inSize       chunkState = iota // the digits, or the first of them
	afterSize                      // white space behind them
	inExtension                    // behind a semicolon
	endOfHead                      // the LF of the size line
	inData                         // the chunk and its CR LF, which are taken in one piece
	inSkipped                      // the same of a chunk over the limit, which is taken as it comes
	beforeField                    // a trailer field or the empty line
	inField                        // a trailer field
	endOfField                     // its LF
	endOfTrailer                   // the LF of the empty line
	afterEnd
)

// NewDecoder returns a decoder before the first chunk.
func (c Chunked) NewDecoder() Decoder {
	return &chunkedDecoder{limit: c.Limit(), most: c.Bound(c.Limit()), discard: c.TooLong == Discard}
}

// chunkedDecoder consumes a size line byte by byte, as it comes, and a chunk with its line end at once. What came of a size line with
// the beginning of its chunk stays before it, for without it the chunk would be moved to the front of where it is gathered.
type chunkedDecoder struct {
	limit   int
	most    int    // greatest Bound, which nothing that is waited for exceeds
	size    uint64 // of the chunk; of a skipped one, what is to come of it
	start   int    // where the chunk begins in buf
	line    int    // bytes that came of the size line, or of all trailer fields
	excess  int
	scanned int64
	digits  uint8
	state   chunkState
	discard bool
}

func (d *chunkedDecoder) Decode(buf []byte) (int, []byte, error) {
	if d.state != inData {
		if d.state == inSkipped {
			return d.drop(buf), nil, nil
		}
		n, err := d.scan(buf)
		if err != nil {
			return 0, nil, err
		}
		d.scanned += int64(n)
		if d.state == inSkipped {
			err = errTooLong(d.size, d.limit, nil)
			d.size = addClip(d.size, len(chunkTail))
			if !d.discard {
				return 0, nil, err
			}
			return n + d.drop(buf[n:]), nil, err
		}
		if d.state != inData {
			return n, nil, nil
		}
		d.start = n
	}
	start, total := d.start, d.Need()
	if len(buf) < total {
		if total > d.most { // a size line with leading zeros or an extension
			d.start = 0
			return start, nil, nil
		}
		return 0, nil, nil
	}
	end := total - len(chunkTail)
	if tail := buf[end:total]; string(tail) != chunkTail {
		return 0, nil, fmt.Errorf("%w: % x, want % x", ErrBadTrailer, tail, chunkTail)
	}
	d.begin()
	return total, buf[start:end:end], nil
}

// begin is the state before a size line.
func (d *chunkedDecoder) begin() { d.state, d.size, d.start, d.digits, d.line = inSize, 0, 0, 0, 0 }

// drop takes what buf has of the chunk that is being discarded.
func (d *chunkedDecoder) drop(buf []byte) int {
	n := int(min(uint64(len(buf)), d.size))
	if d.size -= uint64(n); d.size == 0 {
		d.begin()
	}
	return n
}

// scan takes lines until a chunk begins. It returns how many bytes those are.
func (d *chunkedDecoder) scan(buf []byte) (int, error) {
	for i, c := range buf {
		if d.state == inSize {
			if v := hexValue(c); v < 16 {
				if d.digits == chunkDigits {
					return 0, fmt.Errorf("%w: a size of more than %d digits", ErrBadLength, chunkDigits)
				}
				d.size = d.size<<4 | uint64(v)
				d.digits++
				d.line++
				continue
			}
			if d.digits == 0 {
				return d.noSize(buf[i:])
			}
		}
		if d.line++; d.state < inData && d.line > chunkLine {
			return 0, fmt.Errorf("%w: a size line of more than %d bytes", ErrBadLength, chunkLine)
		}
		if err := d.step(c); err != nil {
			return 0, err
		}
		if d.state == inData || d.state == inSkipped {
			return i + 1, nil
		}
	}
	return len(buf), nil
}

// step takes a byte that is no digit of a size.
func (d *chunkedDecoder) step(c byte) error {
	switch {
	case d.state == afterEnd:
		return fmt.Errorf("%w: %02x after the last chunk", ErrBadFrame, c)
	case d.state > inData && d.line > chunkTrailer:
		return fmt.Errorf("%w: trailer fields of more than %d bytes", ErrBadFrame, chunkTrailer)
	case d.state == endOfHead && c == '\n':
		return d.head()
	case d.state == endOfField && c == '\n':
		d.state = beforeField
	case d.state == endOfTrailer && c == '\n':
		d.state = afterEnd
	case d.state == endOfHead:
		return fmt.Errorf("%w: %02x after a CR in the size line", ErrBadLength, c)
	case d.state == endOfField || d.state == endOfTrailer:
		return fmt.Errorf("%w: %02x after a CR in the trailer", ErrBadFrame, c)
	case c == '\r':
		switch d.state {
		case beforeField:
			d.state = endOfTrailer
		case inField:
			d.state = endOfField
		default:
			d.state = endOfHead
		}
	case d.state >= beforeField && isText(c):
		d.state = inField
	case d.state >= beforeField:
		return fmt.Errorf("%w: %02x in a trailer field", ErrBadFrame, c)
	case d.state == inExtension && isText(c):
	case d.state != inExtension && c == ';':
		d.state = inExtension
	case d.state != inExtension && (c == ' ' || c == '\t'):
		d.state = afterSize
	default:
		return fmt.Errorf("%w: %02x in the size line of a chunk", ErrBadLength, c)
	}
	return nil
}

// head ends a size line.
func (d *chunkedDecoder) head() error {
	// As net/http does it: a peer may send one byte a chunk, and 16 bytes are enough for the lines around it. More than there can be of
	// excess need not be taken off, and twice a size near 2^64 would not fit.
	d.excess += d.line + len(chunkTail) - 16
	d.excess -= 2 * int(min(d.size, chunkExcess))
	d.excess = max(d.excess, 0)
	switch {
	case d.excess > chunkExcess:
		return fmt.Errorf("%w: more than %d bytes of chunk extensions that no payload warrants", ErrBadFrame, chunkExcess)
	case d.size == 0:
		d.state, d.line = beforeField, 0
	case d.size > uint64(d.limit):
		d.state = inSkipped
	default:
		d.state = inData
	}
	return nil
}

// noSize is the result of a line that does not begin with a digit. A peer that speaks something else is named, and no cut may change
// the text: where the first byte allows for such a peer, four are waited for.
func (d *chunkedDecoder) noSize(line []byte) (int, error) {
	if len(line) < 4 && mayLookLike(line[0]) {
		return 0, nil
	}
	return 0, badSize(line)
}

func badSize(line []byte) error {
	return fmt.Errorf("%w: %02x where the size of a chunk begins%s", ErrBadLength, line[0], looksLike(line[:min(4, len(line))]))
}

func hexValue(c byte) uint8 {
	switch {
	case c-'0' < 10:
		return c - '0'
	case c|0x20-'a' < 6:
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// isText reports whether c may stand in an extension or a trailer field.
func isText(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' }

// Need returns where the line end behind a chunk ends once its size is known, 0 before.
func (d *chunkedDecoder) Need() int {
	if d.state == inData {
		return d.start + int(d.size) + len(chunkTail)
	}
	return 0
}

// Flush returns io.ErrUnexpectedEOF unless the last chunk came, and no part of a trailer field; ErrBadLength where a chunk begins with no digit.
func (d *chunkedDecoder) Flush(buf []byte) ([]byte, error) {
	ended := d.state == beforeField || d.state == afterEnd
	waited := d.state == inSize && d.digits == 0 && len(buf) > 0 // noSize did, for what follows
	d.begin()
	switch {
	case waited:
		return nil, badSize(buf)
	case !ended || len(buf) > 0:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, nil
}

func (d *chunkedDecoder) effort() (scanned, copied int64) { return d.scanned, 0 }
