package peers

import (
	"bufio"
	"encoding/binary"
	"io"

	gogoio "github.com/gogo/protobuf/io"
	"github.com/libp2p/go-msgio"
	"k8s.io/apimachinery/pkg/util/framer"
)

func msgioNext(r msgio.ReadCloser) next {
	var last []byte
	return func() ([]byte, error) {
		if last != nil {
			r.ReleaseMsg(last)
		}
		b, err := r.ReadMsg()
		last = b
		return b, err
	}
}

func msgioU32(r io.ReadCloser, _ int) next {
	return msgioNext(msgio.NewReaderSize(bufio.NewReaderSize(r, window), limit))
}

func msgioUvarint(r io.ReadCloser, _ int) next {
	return msgioNext(msgio.NewVarintReaderSize(bufio.NewReaderSize(r, window), limit))
}

func msgioWriteU32(w *sink) func([]byte) error { return msgio.NewWriter(w).WriteMsg }

func msgioWriteUvarint(w *sink) func([]byte) error { return msgio.NewVarintWriter(w).WriteMsg }

// message is a protobuf message whose encoding is its bytes: the framing is compared and not the encoding of fields.
type message struct{ b []byte }

func (m *message) Reset()                          { m.b = nil }
func (m *message) String() string                  { return string(m.b) }
func (m *message) ProtoMessage()                   {}
func (m *message) Unmarshal(b []byte) error        { m.b = b; return nil }
func (m *message) Size() int                       { return len(m.b) }
func (m *message) MarshalTo(b []byte) (int, error) { return copy(b, m.b), nil }
func (m *message) Marshal() ([]byte, error)        { return m.b, nil }

func gogoNext(r gogoio.ReadCloser) next {
	m := &message{}
	return func() ([]byte, error) {
		err := r.ReadMsg(m)
		return m.b, err
	}
}

func gogoU32(r io.ReadCloser, _ int) next {
	return gogoNext(gogoio.NewUint32DelimitedReader(bufio.NewReaderSize(r, window), binary.BigEndian, limit))
}

func gogoUvarint(r io.ReadCloser, _ int) next {
	return gogoNext(gogoio.NewDelimitedReader(bufio.NewReaderSize(r, window), limit))
}

func gogoWrite(w gogoio.WriteCloser) func([]byte) error {
	m := &message{}
	return func(p []byte) error {
		m.b = p
		return w.WriteMsg(m)
	}
}

func gogoWriteU32(w *sink) func([]byte) error {
	return gogoWrite(gogoio.NewUint32DelimitedWriter(w, binary.BigEndian))
}

func gogoWriteUvarint(w *sink) func([]byte) error { return gogoWrite(gogoio.NewDelimitedWriter(w)) }

func k8sU32(r io.ReadCloser, size int) next {
	fr, buf := framer.NewLengthDelimitedFrameReader(io.NopCloser(bufio.NewReaderSize(r, window))), make([]byte, size)
	return func() ([]byte, error) {
		n, err := fr.Read(buf)
		return buf[:n], err
	}
}

func k8sWriteU32(w *sink) func([]byte) error {
	fw := framer.NewLengthDelimitedFrameWriter(w)
	return func(p []byte) error {
		_, err := fw.Write(p)
		return err
	}
}
