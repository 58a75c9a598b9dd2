package server

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

const (
	maxStreamPackets  = 10000 // more are cut to it, as it always was
	maxStreamInterval = time.Minute
	maxStreamText     = 1024 // of a request, which is kept while its stream runs
)

// udpStream sends n datagrams, the k-th k intervals after the beginning: a late
// one does not delay the next.
type udpStream struct {
	n        uint64
	interval time.Duration
	packet   []byte // sent as it is; nil: size bytes of content behind a header
	content  pattern.Content
	size     int
}

func (s *udpStream) send(t *udpTransfer) error {
	total := s.n * uint64(s.size)
	if s.packet == nil {
		if err := t.answer(datagram.Header{Kind: datagram.Accepted, Sequence: s.n, Total: total}); err != nil {
			return err
		}
	}
	start := time.Now()
	for k := range s.n {
		if err := t.sleep(time.Until(start.Add(time.Duration(k+1) * s.interval))); err != nil {
			return err
		}
		if err := s.write(t, k, total); err != nil {
			return err
		}
	}
	if s.packet != nil {
		return nil
	}
	return t.answer(datagram.Header{Kind: datagram.End, Sequence: s.n, Offset: total, Total: total})
}

func (s *udpStream) write(t *udpTransfer, k, total uint64) error {
	if s.packet != nil {
		return t.write(s.packet, len(s.packet))
	}
	b := udpBuffers.Get()
	defer udpBuffers.Put(b)
	b.B = appendData(b.B[:0], s.content, datagram.Header{
		Kind: datagram.Data, Run: t.run.id, Sequence: k, Offset: k * uint64(s.size), Total: total, Sent: time.Now().UnixNano(),
	}, s.size)
	return t.write(b.B, len(b.B))
}

// isStream tells whether a command asks for a stream.
func isStream(word []byte) bool {
	rest, is := bytes.CutPrefix(word, []byte("stream"))
	return is && (len(rest) == 0 || rest[0] == '-' || rest[0] == ' ')
}

// streamText serves stream-MS-N, stream MS N, or stream for 10 ms and 1000.
func (l *udpLoop) streamText(word []byte) {
	s, fault := parseStream(string(word))
	switch {
	case fault == "" && len(l.in) > maxStreamText:
		fault = fmt.Sprintf("ERR stream: request of %d bytes, limit %d", len(l.in), maxStreamText)
	case fault == "" && s.n == 0:
		return
	}
	if fault != "" {
		l.reply([]byte(fault), false)
		return
	}
	s.packet = bytes.Clone(l.in)
	l.beginText(&s)
}

// parseStream returns the line about what is wrong with a request that cannot be
// served.
func parseStream(word string) (s udpStream, fault string) {
	if word == "stream" {
		return udpStream{n: 1000, interval: 10 * time.Millisecond}, ""
	}
	fields := strings.FieldsFunc(strings.TrimPrefix(word, "stream"), func(r rune) bool { return r == '-' || r == ' ' })
	var ms, n uint64
	bad := len(fields) != 2 || strings.Contains(word, "--")
	if len(fields) > 0 {
		v, err := strconv.ParseUint(fields[0], 10, 63)
		if ms = v; err != nil {
			ms, bad = 0, true
		}
	}
	if len(fields) > 1 {
		v, err := strconv.ParseUint(fields[1], 10, 63)
		if n = v; err != nil {
			n, bad = 0, true
		}
	}
	if bad || ms == 0 || ms > uint64(maxStreamInterval/time.Millisecond) {
		return s, fmt.Sprintf("Request for transfer of %d pakets at: %s has errors.", n, strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64))
	}
	return udpStream{n: min(n, maxStreamPackets), interval: time.Duration(ms) * time.Millisecond}, ""
}
