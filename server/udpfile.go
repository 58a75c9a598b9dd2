package server

import (
	"time"

	"github.com/valyala/bytebufferpool"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

// textDatagram is what the older server put into a datagram of a file.
const textDatagram = 1024

var lettersA = pattern.Filled('A')

// udpFile sends a generated file at an even rate: nothing tells a sender of
// datagrams that its peer has no more room.
type udpFile struct {
	total   int64
	content pattern.Content
	size    int   // payload bytes of a datagram
	rate    int64 // of these a second
	text    bool  // without headers, and file_prepared first
}

func (f *udpFile) count() uint64 { return (uint64(f.total) + uint64(f.size) - 1) / uint64(f.size) }

// udpBuffers hold datagrams with their headers until they are sent: of the
// transfers that are waiting none has one.
var udpBuffers bytebufferpool.Pool

func (f *udpFile) send(t *udpTransfer) error {
	n := f.count()
	var err error
	if f.text {
		err = t.write([]byte(filePrepared), len(filePrepared))
	} else {
		err = t.answer(datagram.Header{Kind: datagram.Accepted, Sequence: n, Total: uint64(f.total)})
	}
	stride := f.size
	if !f.text {
		stride += datagram.HeaderLen
	}
	pace := newUDPPace(f.rate, f.size)
	for sent := uint64(0); err == nil && sent < n; {
		k, wait := pace.due(time.Now(), sent)
		if k == 0 {
			err = t.sleep(wait)
			continue
		}
		for k = min(k, n-sent); err == nil && k > 0; {
			some := min(k, uint64(together(stride)))
			err = f.write(t, sent, some)
			sent, k = sent+some, k-some
		}
	}
	if err == nil && !f.text {
		err = t.answer(datagram.Header{Kind: datagram.End, Sequence: n, Offset: uint64(f.total), Total: uint64(f.total)})
	}
	return err
}

// write sends n datagrams from sequence on.
func (f *udpFile) write(t *udpTransfer, sequence, n uint64) error {
	if f.text { // the same letter everywhere: no copy
		return t.write(f.content.Slice(0, int(min(int64(n)*int64(f.size), f.total-int64(sequence)*int64(f.size)))), f.size)
	}
	b := udpBuffers.Get()
	defer udpBuffers.Put(b)
	b.B = b.B[:0]
	now := time.Now().UnixNano()
	for s := sequence; s < sequence+n; s++ {
		at := int64(s) * int64(f.size)
		b.B = appendData(b.B, f.content, datagram.Header{
			Kind: datagram.Data, Run: t.run.id, Sequence: s, Offset: uint64(at), Total: uint64(f.total), Sent: now,
		}, int(min(int64(f.size), f.total-at)))
	}
	return t.write(b.B, f.size+datagram.HeaderLen)
}

// appendData appends a header and n bytes of content at its offset.
func appendData(dst []byte, content pattern.Content, h datagram.Header, n int) []byte {
	dst = h.Append(dst)
	for at := int64(h.Offset); n > 0; {
		b := content.Slice(at, n)
		dst, at, n = append(dst, b...), at+int64(len(b)), n-len(b)
	}
	return dst
}
