package cli

import (
	"io"
	"strings"
	"testing"
)

// A line of as many bytes as there may be is read, also without its end; of a longer one the error tells which, and how long it may be.
func TestPipedLine(t *testing.T) {
	whole := strings.Repeat("x", maxLine)
	for _, c := range []struct{ in, want string }{
		{"SYN\n" + whole + "\nSYN", io.EOF.Error()},
		{whole, io.EOF.Error()},
		{"SYN\n\nx" + whole + "\nSYN\n", "standard input: line 3: over the limit of 65536 bytes"},
	} {
		next := piped(t.Context(), strings.NewReader(c.in))
		var err error
		for err == nil {
			_, err = next()
		}
		if err.Error() != c.want {
			t.Errorf("%.8q: %v, want %s", c.in, err, c.want)
		}
	}
}
