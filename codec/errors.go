package codec

import (
	"errors"
	"fmt"
	"strings"
)

// The classes of what can be wrong with a frame. Errors wrap one of them with the measured values; compare with errors.Is.
// A stream that ends inside a frame is io.ErrUnexpectedEOF.
var (
	ErrTooLong     = errors.New("codec: frame too long")
	ErrBadLength   = errors.New("codec: bad length")
	ErrBadFrame    = errors.New("codec: bad frame")
	ErrBadTrailer  = errors.New("codec: bad trailer")
	ErrBadEscape   = errors.New("codec: bad escape")
	ErrBadChecksum = errors.New("codec: bad checksum")
	ErrSpec        = errors.New("codec: bad framing") // what Parse, Validate and WithMax return
)

// specErrorf is an ErrSpec: "codec: bad framing: ...".
func specErrorf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrSpec}, args...)...)
}

// errTooLong is an ErrTooLong with the measured size, the limit, and the peer's likely protocol.
func errTooLong(size uint64, limit int, head []byte) error {
	return fmt.Errorf("%w: %d bytes, limit %d%s", ErrTooLong, size, limit, looksLike(head))
}

// errNoEnd is an ErrTooLong of a framing that does not count. How long the frame is was not seen, or was by chance of the cut, so only
// the limit is told; and of the head no more than the bytes that are there however the stream was cut, nil where they were decoded.
func errNoEnd(limit int, head []byte) error {
	return fmt.Errorf("%w: more than %d bytes, limit %d%s", ErrTooLong, limit, limit, looksLike(head))
}

// errNoEmpty is what a framing says that has no bytes for a payload of none: two delimiters in a row are fill, or a length of 0 is
// the end.
func errNoEmpty(framing string) error {
	return fmt.Errorf("%w: %s carries no empty payload", ErrBadLength, framing)
}

// looksLike names the protocol that a peer seems to speak when its first bytes make no sense as a length, as franz-go does: a wrong
// port is the most likely reason. It is given the head alone and not what happens to follow it, so that a cut changes no text.
func looksLike(head []byte) string {
	if len(head) >= 4 {
		switch string(head[:4]) {
		case "HTTP", "GET ", "POST", "PUT ", "HEAD", "PRI ":
			return " (looks like HTTP: is this the right port?)"
		case "SSH-":
			return " (looks like SSH: is this the right port?)"
		}
	}
	if len(head) >= 2 && head[0] == 0x16 && head[1] == 0x03 {
		return " (looks like TLS: is this the right port?)"
	}
	return ""
}

// mayLookLike reports whether looksLike could name a stream that begins with b.
func mayLookLike(b byte) bool { return strings.IndexByte("HGPS\x16", b) >= 0 }
