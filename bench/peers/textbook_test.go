package peers

import (
	"bufio"
	"errors"
	"io"
)

// textbookCOBS is the decoder of Cheshire and Baker's paper, a byte at a time.
func textbookCOBS(r io.ReadCloser, _ int) next {
	br, buf, out := bufio.NewReaderSize(r, window), []byte(nil), []byte(nil)
	return func() ([]byte, error) {
		b, err := slice(br, &buf, 0)
		if err != nil {
			return nil, err
		}
		b, out = b[:len(b)-1], out[:0]
		for len(b) > 0 {
			code := int(b[0])
			if code > len(b) {
				return nil, errors.New("cut block")
			}
			for i := 1; i < code; i++ {
				out = append(out, b[i])
			}
			if b = b[code:]; code < 0xff && len(b) > 0 {
				out = append(out, 0)
			}
		}
		return out, nil
	}
}

type handCOBS struct{}

func (handCOBS) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	at := len(dst)
	dst = append(dst, 1)
	for i, c := range p {
		if c != 0 {
			dst = append(dst, c)
			dst[at]++
		}
		if c == 0 || dst[at] == 0xff && i+1 < len(p) {
			at = len(dst)
			dst = append(dst, 1)
		}
	}
	return append(dst, 0), nil
}

// textbookSLIP is the receiver of RFC 1055; an END before a packet is no packet.
func textbookSLIP(r io.ReadCloser, _ int) next {
	br, buf, out := bufio.NewReaderSize(r, window), []byte(nil), []byte(nil)
	return func() ([]byte, error) {
		for {
			b, err := slice(br, &buf, 0xc0)
			if err != nil {
				return nil, err
			}
			out = out[:0]
			for i := 0; i < len(b)-1; i++ {
				c := b[i]
				if c == 0xdb {
					i++
					switch b[i] {
					case 0xdc:
						c = 0xc0
					case 0xdd:
						c = 0xdb
					default:
						return nil, errors.New("bad escape")
					}
				}
				out = append(out, c)
			}
			if len(out) > 0 {
				return out, nil
			}
		}
	}
}

type handSLIP struct{}

func (handSLIP) Append(dst, p []byte) ([]byte, error) {
	if len(p) > limit {
		return dst, errLimit
	}
	for _, c := range p {
		switch c {
		case 0xc0:
			dst = append(dst, 0xdb, 0xdc)
		case 0xdb:
			dst = append(dst, 0xdb, 0xdd)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, 0xc0), nil
}
