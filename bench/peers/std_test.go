package peers

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net/http/httputil"
	"net/textproto"
	"strconv"
)

var errLimit = errors.New("frame over the limit")

// body reads a payload of n bytes into buf, which it makes larger if it must.
func body(r *bufio.Reader, buf *[]byte, n uint64) ([]byte, error) {
	if n > limit {
		return nil, errLimit
	}
	if n > uint64(cap(*buf)) {
		*buf = make([]byte, n)
	}
	b := (*buf)[:n]
	_, err := io.ReadFull(r, b)
	return b, err
}

func bufioU32(r io.ReadCloser, _ int) next {
	br, buf, head := bufio.NewReaderSize(r, window), []byte(nil), make([]byte, 4)
	return func() ([]byte, error) {
		if _, err := io.ReadFull(br, head); err != nil {
			return nil, err
		}
		return body(br, &buf, uint64(binary.BigEndian.Uint32(head)))
	}
}

// peekU32 delivers a frame from the window where it fits, and gives its bytes back at the next call.
func peekU32(r io.ReadCloser, _ int) next {
	br, buf, last := bufio.NewReaderSize(r, window), []byte(nil), 0
	return func() ([]byte, error) {
		if _, err := br.Discard(last); err != nil {
			return nil, err
		}
		last = 0
		head, err := br.Peek(4)
		if err != nil {
			return nil, err
		}
		n := int(binary.BigEndian.Uint32(head))
		if n > limit {
			return nil, errLimit
		}
		if 4+n <= window {
			last = 4 + n
			b, err := br.Peek(last)
			if err != nil {
				return nil, err
			}
			return b[4:], nil
		}
		br.Discard(4) // they were peeked at
		return body(br, &buf, uint64(n))
	}
}

func bufioCRC(r io.ReadCloser, size int) next {
	inner, table := bufioU32(r, size), crc32.MakeTable(crc32.Castagnoli)
	return func() ([]byte, error) {
		b, err := inner()
		if err != nil {
			return nil, err
		}
		n := len(b) - 4
		if n < 0 || crc32.Checksum(b[:n], table) != binary.BigEndian.Uint32(b[n:]) {
			return nil, errors.New("bad checksum")
		}
		return b[:n], nil
	}
}

func bufioUvarint(r io.ReadCloser, _ int) next {
	br, buf := bufio.NewReaderSize(r, window), []byte(nil)
	return func() ([]byte, error) {
		n, err := binary.ReadUvarint(br)
		if err != nil {
			return nil, err
		}
		return body(br, &buf, n)
	}
}

func peekUvarint(r io.ReadCloser, _ int) next {
	br, buf, last := bufio.NewReaderSize(r, window), []byte(nil), 0
	return func() ([]byte, error) {
		if _, err := br.Discard(last); err != nil {
			return nil, err
		}
		last = 0
		n, err := binary.ReadUvarint(br)
		if err != nil {
			return nil, err
		}
		if n > window {
			return body(br, &buf, n)
		}
		last = int(n)
		return br.Peek(last)
	}
}

func scanner(r io.Reader, split bufio.SplitFunc) next {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, window), limit)
	sc.Split(split)
	return func() ([]byte, error) {
		if !sc.Scan() {
			return nil, sc.Err()
		}
		return sc.Bytes(), nil
	}
}

func scanLines(r io.ReadCloser, _ int) next { return scanner(r, bufio.ScanLines) }

func scanDelimiter(r io.ReadCloser, _ int) next {
	sep := []byte("\r\n")
	return scanner(r, func(data []byte, _ bool) (int, []byte, error) {
		if i := bytes.Index(data, sep); i >= 0 {
			return i + len(sep), data[:i], nil
		}
		return 0, nil, nil
	})
}

// slice is ReadSlice with a copy where what it looks for is not in the window.
func slice(br *bufio.Reader, buf *[]byte, delim byte) ([]byte, error) {
	b, err := br.ReadSlice(delim)
	if err != bufio.ErrBufferFull {
		return b, err
	}
	*buf = append((*buf)[:0], b...)
	for err == bufio.ErrBufferFull {
		if len(*buf) > limit {
			return nil, errLimit
		}
		b, err = br.ReadSlice(delim)
		*buf = append(*buf, b...)
	}
	return *buf, err
}

func readSlice(r io.ReadCloser, _ int) next {
	br, buf := bufio.NewReaderSize(r, window), []byte(nil)
	return func() ([]byte, error) {
		b, err := slice(br, &buf, '\n')
		if err != nil {
			return nil, err
		}
		b = b[:len(b)-1]
		if len(b) > 0 && b[len(b)-1] == '\r' {
			b = b[:len(b)-1]
		}
		return b, nil
	}
}

func textprotoLine(r io.ReadCloser, _ int) next {
	return textproto.NewReader(bufio.NewReaderSize(r, window)).ReadLineBytes
}

func bufioFixed(r io.ReadCloser, size int) next {
	br, buf := bufio.NewReaderSize(r, window), make([]byte, size)
	return func() ([]byte, error) { return body(br, &buf, uint64(size)) }
}

func bufioNetstring(r io.ReadCloser, _ int) next {
	br, buf := bufio.NewReaderSize(r, window), []byte(nil)
	return func() ([]byte, error) {
		digits, err := br.ReadSlice(':')
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(string(digits[:len(digits)-1]), 10, 31)
		if err != nil {
			return nil, err
		}
		b, err := body(br, &buf, n)
		if err != nil {
			return nil, err
		}
		if comma, err := br.ReadByte(); err != nil || comma != ',' {
			return nil, errors.New("no comma")
		}
		return b, nil
	}
}

func httpChunked(r io.ReadCloser, size int) next {
	cr, buf := httputil.NewChunkedReader(bufio.NewReaderSize(r, window)), make([]byte, size)
	return func() ([]byte, error) {
		_, err := io.ReadFull(cr, buf)
		return buf, err
	}
}

func httpWriteChunked(w *sink) func([]byte) error {
	cw := httputil.NewChunkedWriter(w)
	return func(p []byte) error {
		_, err := cw.Write(p)
		return err
	}
}

type handU32 struct{}

func (handU32) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(p))), p...), nil
}

type handUvarint struct{}

func (handUvarint) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	return append(binary.AppendUvarint(dst, uint64(len(p))), p...), nil
}

type handLine struct{}

func (handLine) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return dst, errors.New("a newline")
	}
	return append(append(dst, p...), '\n'), nil
}

type handNetstring struct{}

func (handNetstring) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	dst = append(strconv.AppendUint(dst, uint64(len(p)), 10), ':')
	return append(append(dst, p...), ','), nil
}
