package codec

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// args are the key=value pairs of a spec. A framing asks for the keys that it knows, each with its default, and done then reports
// the first value that made no sense, or a key that nobody asked for.
type args struct {
	values map[string]string
	known  []string
	err    error
}

func parseArgs(s string, colon bool) (*args, error) {
	a := &args{values: map[string]string{}}
	if !colon {
		return a, nil
	}
	for pair := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(pair, "=")
		if key == "" {
			return nil, fmt.Errorf("empty key in %q", s)
		}
		if _, twice := a.values[key]; twice {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		a.values[key] = value
	}
	return a, nil
}

// done returns the error of the spec, if any.
func (a *args) done() error {
	if a.err != nil {
		return a.err
	}
	for key := range a.values {
		return fmt.Errorf("unknown key %s: want one of %s", key, strings.Join(a.known, " "))
	}
	return nil
}

// take returns the value of key, which is then known and spent.
func (a *args) take(key string) (value string, ok bool) {
	a.known = append(a.known, key)
	value, ok = a.values[key]
	delete(a.values, key)
	return value, ok
}

func (a *args) fail(key, value, want string) {
	if a.err == nil {
		a.err = fmt.Errorf("%s=%s: want %s", key, value, want)
	}
}

// integer is a value from low to high.
func (a *args) integer(key string, otherwise, low, high int) int {
	s, ok := a.take(key)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		a.fail(key, s, fmt.Sprintf("%d to %d", low, high))
	}
	return n
}

// flag is a key without a value, or true or false.
func (a *args) flag(key string) bool {
	s, ok := a.take(key)
	if ok && s != "" && s != "true" && s != "false" {
		a.fail(key, s, "true or false")
	}
	return ok && s != "false"
}

// choice is the index of the value in names, 0 without the key.
func (a *args) choice(key string, names ...string) int {
	s, ok := a.take(key)
	if !ok {
		return 0
	}
	for i, name := range names {
		if s == name {
			return i
		}
	}
	a.fail(key, s, strings.Join(names, " or "))
	return 0
}

// bytes is a byte string in hex.
func (a *args) bytes(key string) string {
	s, ok := a.take(key)
	b, err := hex.DecodeString(s)
	if ok && (err != nil || len(b) == 0) {
		a.fail(key, s, "bytes in hex, such as 0d0a")
	}
	return string(b)
}

// max is the key that every framing has: its greatest payload in bytes.
func (a *args) max(otherwise int) int {
	s, ok := a.take("max")
	if !ok {
		return otherwise
	}
	n, err := parseSize(s)
	if err != nil || n < 1 || n > MaxMax {
		a.fail("max", s, "a size from 1 to "+formatSize(MaxMax))
	}
	return n
}

// tooLong is the other key that every framing has.
func (a *args) tooLong() TooLong { return TooLong(a.choice("toolong", "fatal", "discard")) }

var sizeUnits = []struct {
	suffix string
	shift  int
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}, {"", 0}}

func parseSize(s string) (int, error) {
	for _, u := range sizeUnits {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.ParseUint(digits, 10, 31)
			if err != nil || n > MaxMax>>u.shift {
				return 0, fmt.Errorf("bad size %q", s)
			}
			return int(n) << u.shift, nil
		}
	}
	panic("unreachable: the last suffix is empty")
}

// formatSize writes n as parseSize reads it, in the greatest unit that loses nothing.
func formatSize(n int) string {
	for _, u := range sizeUnits[:3] {
		if n > 0 && n&(1<<u.shift-1) == 0 {
			return strconv.Itoa(n>>u.shift) + u.suffix
		}
	}
	return strconv.Itoa(n)
}

// specOf is the spec of a framing: its name, keys of its own, and the two of every framing, where these are not the defaults.
func specOf(name string, max int, tooLong TooLong, keys ...string) string {
	if max != 0 && max != DefaultMax {
		keys = append(keys, "max="+formatSize(max))
	}
	if tooLong == Discard {
		keys = append(keys, "toolong=discard")
	}
	if len(keys) == 0 {
		return name
	}
	return name + ":" + strings.Join(keys, ",")
}
