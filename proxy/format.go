package proxy

import (
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// String returns what [ParseSpec] reads as the same Spec: what is set, in a fixed
// order, and "none" if nothing is.
func (s Spec) String() string {
	var parts []string
	for _, k := range keys {
		if v := k.format(&s); v != "" {
			parts = append(parts, k.name+"="+v)
		}
	}
	if parts == nil {
		return none
	}
	return strings.Join(parts, ",")
}

// Set makes a Spec a flag's value; on an error it stays as it was.
func (s *Spec) Set(text string) error {
	v, err := ParseSpec(text)
	if err == nil {
		*s = v
	}
	return err
}

// Type returns "spec".
func (s *Spec) Type() string { return "spec" }

// MarshalText returns String.
func (s Spec) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func nonZero(n int64, text func() string) string {
	if n == 0 {
		return ""
	}
	return text()
}

func formatDuration(d time.Duration) string { return nonZero(int64(d), d.String) }

func formatSlice(s *Spec) string {
	switch {
	case s.SliceMax == 0:
		return ""
	case s.SliceMin == s.SliceMax:
		return units.Size(s.SliceMax).String()
	}
	return units.Size(s.SliceMin).String() + ".." + units.Size(s.SliceMax).String()
}

func formatOffset(n int64) string { return "@" + units.Size(n).String() }

func formatStall(s *Spec) string {
	switch {
	case s.Stall.Hold == 0:
		return ""
	case s.Stall.Every > 0:
		return s.Stall.Hold.String() + "/" + s.Stall.Every.String()
	}
	return s.Stall.Hold.String() + formatOffset(s.Stall.Offset)
}

// String returns the moment as a Spec has it: "@4096", "5s", and "" for never.
func (w When) String() string {
	switch {
	case !w.On:
		return ""
	case w.After > 0:
		return w.After.String()
	}
	return formatOffset(w.Offset)
}

// String returns the places as a Spec has them: "1/MiB", "@100/@2000", and ""
// for none.
func (d Damage) String() string {
	if d.Times > 0 {
		window := units.Size(d.Window).String()
		if len(window) > 1 && window[0] == '1' && window[1] > '9' {
			window = window[1:]
		}
		return strconv.FormatInt(d.Times, 10) + "/" + window
	}
	at := make([]string, len(d.At))
	for i, n := range d.At {
		at[i] = formatOffset(n)
	}
	return strings.Join(at, "/")
}
