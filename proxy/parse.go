package proxy

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/units"
)

// maxSpec bounds the text of a Spec: a thousand offsets fit.
const maxSpec = 32 << 10

// none is the text of a Spec that does nothing.
const none = "none"

// key is one of the words of a Spec.
type key struct {
	name   string
	parse  func(s *Spec, text string) error
	format func(s *Spec) string // "" for what is not set
}

// keys are in the order of String.
var keys = []key{
	{"delay", durationInto(func(s *Spec) *time.Duration { return &s.Delay }), func(s *Spec) string { return formatDuration(s.Delay) }},
	{"jitter", durationInto(func(s *Spec) *time.Duration { return &s.Jitter }), func(s *Spec) string { return formatDuration(s.Jitter) }},
	{"dist", parseDist, func(s *Spec) string { return map[bool]string{true: "normal"}[s.Normal] }},
	{"rate", parseRate, func(s *Spec) string { return nonZero(int64(s.Rate), s.Rate.String) }},
	{"burst", sizeInto(func(s *Spec, n int64) { s.Burst = n }), func(s *Spec) string { return nonZero(s.Burst, units.Size(s.Burst).String) }},
	{"slice", parseSlice, formatSlice},
	{"gap", durationInto(func(s *Spec) *time.Duration { return &s.Gap }), func(s *Spec) string { return formatDuration(s.Gap) }},
	{"flip", damageInto(func(s *Spec) *Damage { return &s.Flip }), func(s *Spec) string { return s.Flip.String() }},
	{"drop", damageInto(func(s *Spec) *Damage { return &s.Drop }), func(s *Spec) string { return s.Drop.String() }},
	{"insert", damageInto(func(s *Spec) *Damage { return &s.Insert }), func(s *Spec) string { return s.Insert.String() }},
	{"dup", damageInto(func(s *Spec) *Damage { return &s.Dup }), func(s *Spec) string { return s.Dup.String() }},
	{"duplen", sizeInto(func(s *Spec, n int64) { s.DupLen = int(n) }), func(s *Spec) string { return nonZero(int64(s.DupLen), units.Size(s.DupLen).String) }},
	{"stall", parseStall, formatStall},
	{"blackhole", whenInto(func(s *Spec) *When { return &s.Blackhole }), func(s *Spec) string { return s.Blackhole.String() }},
	{"fin", whenInto(func(s *Spec) *When { return &s.Fin }), func(s *Spec) string { return s.Fin.String() }},
	{"reset", whenInto(func(s *Spec) *When { return &s.Reset }), func(s *Spec) string { return s.Reset.String() }},
	{"buffer", sizeInto(func(s *Spec, n int64) { s.Buffer = n }), func(s *Spec) string { return nonZero(s.Buffer, units.Size(s.Buffer).String) }},
	{"seed", parseSeed, func(s *Spec) string { return map[bool]string{true: strconv.FormatUint(s.Seed, 10)}[s.Seed != 0] }},
}

// ParseSpec reads "key=value,key=value", each key once, and "none" or nothing
// for no impairment. [Spec.String] writes what it reads.
//
//	delay=20ms,jitter=5ms,dist=normal       or dist=uniform
//	rate=10Mbit,burst=64KiB
//	slice=1448,gap=1ms                      slice=1..1448: sizes drawn from that range
//	flip=1/MiB,drop=3/64KiB                 so many in each window; insert and dup likewise
//	flip=@100/@2000,dup=@0,duplen=16        at offsets
//	stall=1s@64KiB                          once behind so many bytes; stall=100ms/1s: every second
//	fin=@1MiB,reset=5s                      behind so many bytes, or so long after the start; blackhole likewise
//	buffer=1MiB,seed=7
func ParseSpec(text string) (Spec, error) {
	var s Spec
	if text == "" || text == none {
		return s, nil
	}
	if len(text) > maxSpec {
		return s, fmt.Errorf("proxy: spec of %d bytes, limit %d", len(text), maxSpec)
	}
	given := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(part, "=")
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		switch {
		case i < 0:
			return Spec{}, fmt.Errorf("proxy: unknown key %q: the keys are %s", clip(name), keyNames())
		case !found:
			return Spec{}, fmt.Errorf("proxy: %s: want %s=VALUE", name, name)
		case given[name]:
			return Spec{}, fmt.Errorf("proxy: %s is given twice", name)
		}
		given[name] = true
		if err := keys[i].parse(&s, value); err != nil {
			return Spec{}, fmt.Errorf("proxy: %s=%s: %w", name, clip(value), err)
		}
	}
	if err := s.Check(); err != nil {
		return Spec{}, err
	}
	return s, nil
}

func keyNames() string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return strings.Join(names, " ")
}

// clip bounds what an error repeats of its input.
func clip(text string) string {
	if len(text) > 60 {
		return text[:60] + "..."
	}
	return text
}

func durationInto(field func(*Spec) *time.Duration) func(*Spec, string) error {
	return func(s *Spec, text string) (err error) {
		*field(s), err = units.ParseDuration(text)
		return err
	}
}

func sizeInto(set func(*Spec, int64)) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		n, err := units.ParseSize(text)
		if err == nil && n > math.MaxInt32 {
			err = fmt.Errorf("want at most %d", math.MaxInt32) // Check has the limit that counts; an int must hold it
		}
		if err == nil && n == 0 {
			err = fmt.Errorf("want 1 byte or more") // in a Spec 0 is the default, and that is not what was asked for
		}
		if err == nil {
			set(s, n)
		}
		return err
	}
}

func parseRate(s *Spec, text string) error {
	err := s.Rate.Set(text)
	if err == nil && s.Rate == 0 {
		err = fmt.Errorf("want 1 bit/s or more: 0 would be no limit; stall=TIME@0 lets nothing pass for so long")
	}
	return err
}

func parseDist(s *Spec, text string) error {
	switch text {
	case "uniform", "normal":
		s.Normal = text == "normal"
		return nil
	}
	return fmt.Errorf("want uniform or normal")
}

func parseSeed(s *Spec, text string) (err error) {
	if s.Seed, err = strconv.ParseUint(text, 10, 64); err != nil {
		return fmt.Errorf("want a number from 0 to %d", uint64(math.MaxUint64))
	}
	return nil
}

func parseSlice(s *Spec, text string) error {
	least, most, span := strings.Cut(text, "..")
	if !span {
		most = least
	}
	a, err := units.ParseSize(least)
	if err != nil {
		return err
	}
	b, err := units.ParseSize(most)
	if err != nil {
		return err
	}
	if a < 1 || b < a || b > maxSlice {
		return fmt.Errorf("want 1 to %d bytes, or a range as 1..1448", maxSlice)
	}
	s.SliceMin, s.SliceMax = int(a), int(b)
	return nil
}

func parseOffset(text string) (int64, error) {
	at, found := strings.CutPrefix(text, "@")
	if !found {
		return 0, fmt.Errorf("%q: want an offset as @4096", clip(text))
	}
	return units.ParseSize(at)
}

func whenInto(field func(*Spec) *When) func(*Spec, string) error {
	return func(s *Spec, text string) (err error) {
		w := When{On: true}
		if strings.HasPrefix(text, "@") {
			w.Offset, err = parseOffset(text)
		} else if w.After, err = units.ParseDuration(text); err == nil && w.After == 0 {
			err = fmt.Errorf("want @OFFSET, or a time greater than 0")
		}
		*field(s) = w
		return err
	}
}

func parseStall(s *Spec, text string) (err error) {
	i := strings.IndexAny(text, "@/")
	if i < 0 {
		return fmt.Errorf("want TIME@OFFSET or TIME/INTERVAL")
	}
	if s.Stall.Hold, err = units.ParseDuration(text[:i]); err != nil {
		return err
	}
	if text[i] == '@' {
		s.Stall.Offset, err = parseOffset(text[i:])
	} else if s.Stall.Every, err = units.ParseDuration(text[i+1:]); err == nil && s.Stall.Every == 0 {
		err = fmt.Errorf("want an interval greater than 0")
	}
	if err == nil && s.Stall.Hold == 0 {
		err = fmt.Errorf("want how long")
	}
	return err
}

func damageInto(field func(*Spec) *Damage) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		d := field(s)
		if !strings.HasPrefix(text, "@") {
			times, window, found := strings.Cut(text, "/")
			if !found {
				return fmt.Errorf("want TIMES/SIZE as 1/MiB, or offsets as @100/@2000")
			}
			if window != "" && !strings.Contains("0123456789.", window[:1]) {
				window = "1" + window
			}
			var err error
			if d.Times, err = units.ParseCount(times); err != nil {
				return err
			}
			if d.Window, err = units.ParseSize(window); err == nil && d.Times == 0 {
				err = fmt.Errorf("want 1 or more times")
			}
			return err
		}
		for at := range strings.SplitSeq(text, "/") {
			n, err := parseOffset(at)
			if err != nil {
				return err
			}
			d.At = append(d.At, n)
		}
		return nil
	}
}
