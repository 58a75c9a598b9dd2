package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lines escapes what could drive a terminal, or mislead the one who reads it,
// in text from the other end, and ends it with a newline. Its own newlines stay.
func lines(text []byte) string {
	var b strings.Builder
	s := strings.ReplaceAll(string(text), "\r\n", "\n")
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case c == '\n' || unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x80:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		s = s[n:]
	}
	if !strings.HasSuffix(b.String(), "\n") {
		b.WriteByte('\n')
	}
	return b.String()
}
