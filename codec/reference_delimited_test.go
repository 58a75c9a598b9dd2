package codec_test

import (
	"bytes"
	"strings"
)

// delimReference knows lines, too, which end in CR LF or LF.
func delimReference(keep bool, tail string, seps ...string) func(*tape) {
	return func(t *tape) {
		shortest, dropped := 1<<30, 0
		for _, sep := range seps {
			shortest = min(shortest, len(sep))
		}
		if keep {
			dropped = shortest
		}
		for t.more() {
			var p []byte
			sep := ""
			for sep == "" && t.more() {
				p = append(p, t.next())
				for _, s := range seps {
					if strings.HasSuffix(string(p), s) && len(s) > len(sep) {
						sep = s
					}
				}
			}
			begun := 0 // of a delimiter, at the end of what has none
			for _, s := range seps {
				for n := range len(s) {
					if strings.HasSuffix(string(p), s[:n]) {
						begun = max(begun, n)
					}
				}
			}
			n := len(p) - len(sep)
			if keep {
				n = len(p)
			}
			switch {
			case sep != "" && n > t.max:
				t.tooLong()
			case sep != "":
				t.frame(p[:n])
			case len(p)-begun > t.max-dropped:
				if t.tooLong(); tail == "error" {
					t.bad("truncated")
				}
			case tail == "error":
				t.bad("truncated")
			case tail == "deliver" && len(p) > t.max:
				t.bad("too_long")
			case tail == "deliver":
				t.frame(p)
			}
		}
	}
}

func lineReference(tail string) func(*tape) {
	return func(t *tape) {
		for t.more() {
			var p []byte
			ended := false
			for !ended && t.more() {
				p = append(p, t.next())
				ended = p[len(p)-1] == '\n'
			}
			line := bytes.TrimSuffix(bytes.TrimSuffix(p, []byte("\n")), []byte("\r"))
			switch over := len(line) > t.max; {
			case over:
				if t.tooLong(); !ended && tail == "error" {
					t.bad("truncated")
				}
			case ended || tail == "deliver":
				t.frame(line)
			case tail == "error":
				t.bad("truncated")
			}
		}
	}
}

func eofReference(t *tape) {
	if len(t.rest) > t.max {
		t.tooLong()
		return
	}
	t.frame(t.rest)
}
