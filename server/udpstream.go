package server

import (
	"bytes"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

// maxStreamText is the longest request for a stream, which is kept while that
// runs, in bytes.
const maxStreamText = 1024

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

// beginStream serves the stream that a command asked for.
func (l *udpLoop) beginStream(interval time.Duration, n int) {
	if len(l.in) > maxStreamText {
		l.refuse("stream: request of %d bytes, limit %d", len(l.in), maxStreamText)
		return
	}
	l.beginText(&udpStream{n: uint64(n), interval: interval, packet: bytes.Clone(l.in)})
}
