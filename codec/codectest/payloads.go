package codectest

import (
	"bytes"
	"math/rand/v2"
	"strings"
)

// worst are the bytes that cost a framing most time for each that it carries, by name: all of them must be escaped, begin a block, or
// look like the start of a delimiter. What takes most room is another matter: COBS has it with text, where no byte is zero.
var worst = map[string]string{
	"line":  "\r",
	"delim": "\r", // with the separator 0d0a
	"cobs":  "\x00",
	"slip":  "\xc0\xdb",
	"hdlc":  "\x7e\x7d",
}

// Payloads returns the kinds of payload that Payload makes for the framing of spec: text, random and, where some content costs more
// than other content, worst.
func Payloads(spec string) []string {
	if worst[base(spec)] == "" {
		return []string{"text", "random"}
	}
	return []string{"text", "random", "worst"}
}

// Payload returns n bytes, always the same: text is printable ASCII, random is all byte values, worst is what costs the framing of
// spec most. For the framing text, whose messages end with a newline, so does the payload.
func Payload(spec, kind string, n int) []byte {
	p := make([]byte, n)
	switch kind {
	case "text":
		const words = "the quick brown fox jumps over the lazy dog 0123456789, "
		copy(p, bytes.Repeat([]byte(words), n/len(words)+1))
	case "random":
		rand.NewChaCha8([32]byte{1}).Read(p)
	case "worst":
		w := worst[base(spec)]
		copy(p, strings.Repeat(w, n/len(w)+1))
	default:
		panic("codectest: no payload of kind " + kind)
	}
	if base(spec) == "text" && n > 0 {
		p[n-1] = '\n'
	}
	return p
}

// base is the name in spec, without keys and without a checksum around it.
func base(spec string) string {
	name, _, _ := strings.Cut(spec, ":")
	name, _, _ = strings.Cut(name, "+")
	return name
}
