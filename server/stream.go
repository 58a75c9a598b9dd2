package server

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/internal/units"
)

const (
	// StreamLimit is the greatest number of packets of one stream.
	StreamLimit = 10000

	// StreamMaxInterval is the greatest interval between two packets. A peer
	// that has closed is noticed one packet later, so this bounds how long it
	// costs a goroutine.
	StreamMaxInterval = time.Minute

	// StreamMaxSize is the greatest payload of a packet in bytes.
	StreamMaxSize = 64 << 10

	streamInterval = 10 * time.Millisecond // of a stream that names none
	streamCount    = 1000
	streamHeader   = 16 // bytes of sequence and time
)

// stream answers each frame with packets in time: packet i, counted from 0, is
// due i+1 intervals after the frame arrived and never leaves earlier. The due
// times are absolute, so nothing adds up; packets that are late, because the
// peer did not take those before, follow each other at once. Each packet is a
// frame and a write of its own. Parameters of the preface:
//
//	interval=DURATION   10ms; at most StreamMaxInterval
//	count=N             1000; at most StreamLimit
//	size=BYTES          payload of a packet, 16 to StreamMaxSize; without it
//	                    every packet is the frame that asked
//	header=hex          sequence and time as 16 hex digits each, for a framing
//	                    that does not carry all bytes; size is then 32 or more
//
// and for the content of sized packets those of takeContent.
//
// A sized packet tells when it was made:
//
//	+------------------+------------------------+----------------------------+
//	| sequence, u64 be | send time, u64 be, ns  | content from offset        |
//	| from 0           | since 1970             | sequence * (size - 16) on  |
//	+------------------+------------------------+----------------------------+
type stream struct {
	interval time.Duration
	count    int
	size     int // 0: the request's
	header   int // bytes of sequence and time
	content  pattern.Content
}

func newStream(_ Limits, p *params) (Handler, error) {
	h := stream{interval: streamInterval}
	if s := p.take("interval"); s != "" {
		d, err := units.ParseDuration(s)
		if err != nil || d <= 0 || d > StreamMaxInterval {
			return nil, fmt.Errorf("handler stream: interval=%.32s: want a duration over 0 up to %v", s, StreamMaxInterval)
		}
		h.interval = d
	}
	count, err := p.takeUint("count", streamCount, StreamLimit)
	if err != nil {
		return nil, err
	}
	size, err := p.takeUint("size", 0, StreamMaxSize)
	if err != nil {
		return nil, err
	}
	if h.content, err = p.takeContent(); err != nil {
		return nil, err
	}
	switch header := p.take("header"); header {
	case "":
		h.header = streamHeader
	case "hex":
		h.header = 2 * streamHeader
	default:
		return nil, fmt.Errorf("handler stream: header=%.32q: want hex, or nothing", header)
	}
	if count == 0 || size > 0 && int(size) < h.header {
		return nil, fmt.Errorf("handler stream: count=%d size=%d: want 1 packet or more, of %d bytes or more", count, size, h.header)
	}
	h.count, h.size = int(count), int(size)
	return h, nil
}

func (h stream) Serve(r *Reply, frame []byte) error {
	if h.size > 0 {
		return r.packets(&packets{payload: make([]byte, h.size), header: h.header, content: h.content, interval: h.interval, count: h.count})
	}
	if len(frame) > StreamMaxSize {
		return fmt.Errorf("stream: packet too long: %d bytes, limit %d", len(frame), StreamMaxSize)
	}
	return r.packets(&packets{payload: bytes.Clone(frame), interval: h.interval, count: h.count})
}

// streamRequest is a stream that the command grammar asks for.
type streamRequest struct {
	interval time.Duration
	count    int
	fault    string // the report about a field that is missing or bad
	refused  bool   // for a field over its limit, or bad: in all, or what is over
}

// streamCommand reads "stream-MS-N", "stream MS N" or "stream" alone. A count
// over StreamLimit is cut to it, and further fields are ignored, as they always
// were.
func streamCommand(word []byte) (req streamRequest, is bool) {
	rest, is := strings.CutPrefix(string(word), "stream")
	if !is || rest != "" && rest[0] != '-' && !isBlank(rest[0]) {
		return req, false
	}
	if rest == "" {
		return streamRequest{interval: streamInterval, count: streamCount}, true
	}
	fields := strings.Fields(rest)
	if rest[0] == '-' {
		fields = strings.Split(rest[1:], "-")
	}
	fields = append(fields, "", "")
	ms, ok1 := integer([]byte(fields[0]))
	n, ok2 := integer([]byte(fields[1]))
	if !ok1 || !ok2 || ms <= 0 || ms > StreamMaxInterval.Milliseconds() || n <= 0 {
		req.fault = fmt.Sprintf("Request for transfer of %s pakets at: %s has errors.", shown(fields[1]), shown(fields[0]))
		req.refused = true
		return req, true
	}
	return streamRequest{interval: time.Duration(ms) * time.Millisecond, count: int(min(n, StreamLimit)), refused: n > StreamLimit}, true
}

// shown is a field for the fault report.
func shown(field string) string {
	if field == "" {
		return "none"
	}
	return fmt.Sprintf("%.32s", field)
}

// packets is the body of a stream.
type packets struct {
	conn     *conn
	payload  []byte
	header   int // bytes of sequence and time that payload begins with; 0: neither
	content  pattern.Content
	start    time.Time
	interval time.Duration
	count    int
	done     int    // packets sent
	wire     []byte // of the packet being sent; empty: of none
	sent     int    // of wire
}

// packets answers with p. It must be the last reply of a Serve.
func (r *Reply) packets(p *packets) error {
	if r.body != nil {
		return errAfterFile
	}
	if _, err := r.conn.codec.Append(nil, p.payload); err != nil {
		return err
	}
	p.conn, p.start = r.conn, time.Now()
	r.body = p
	return nil
}

// due is when the next packet may leave. The rest of one follows it at once.
func (p *packets) due() time.Time {
	if p.done == p.count || len(p.wire) > 0 {
		return time.Time{}
	}
	return p.start.Add(time.Duration(p.done+1) * p.interval)
}

func (p *packets) next(vec [][]byte, _ int) (_ [][]byte, err error) {
	if p.done == p.count {
		return vec, nil
	}
	if len(p.wire) == 0 {
		if p.header > 0 {
			p.number()
		}
		if p.wire, err = p.conn.codec.Append(p.wire, p.payload); err != nil {
			return vec, err
		}
	}
	return append(vec, p.wire[p.sent:]), nil
}

// number fills in what is the present packet's own.
func (p *packets) number() {
	var b [streamHeader]byte
	binary.BigEndian.PutUint64(b[:], uint64(p.done))
	binary.BigEndian.PutUint64(b[8:], uint64(time.Now().UnixNano()))
	if p.header == streamHeader {
		copy(p.payload, b[:])
	} else {
		hex.Encode(p.payload, b[:])
	}
	rest := p.payload[p.header:]
	p.content.ReadAt(rest, int64(p.done)*int64(len(rest)))
}

func (p *packets) advance(n int) {
	if p.sent += n; p.sent == len(p.wire) {
		p.wire, p.sent = p.wire[:0], 0
		p.done++
		p.conn.framesOut++
		p.conn.payloadOut += int64(len(p.payload))
	}
}

func (p *packets) holds() bool { return false }

func (p *packets) owed() int64 {
	left := p.count - p.done
	if len(p.wire) > 0 {
		left--
	}
	return int64(len(p.wire)-p.sent) + int64(left)*int64(len(p.payload)) // without the framing of those to come
}
