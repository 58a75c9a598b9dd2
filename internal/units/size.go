package units

import (
	"fmt"
	"strconv"
)

const sizeForms = `write bytes as 4096, 64K or 64KiB (1024), 64kB (1000)`

// Size is a number of bytes. It is a pflag.Value.
type Size int64

// Set parses text as [ParseSize] does; on an error the value stays as it was.
func (s *Size) Set(text string) error {
	n, err := ParseSize(text)
	if err == nil {
		*s = Size(n)
	}
	return err
}

// String returns the shortest exact form that ParseSize reads back: "64KiB", "1000".
func (s Size) String() string {
	n, letters := int64(s), 0
	for n != 0 && n%1024 == 0 && letters < 4 {
		n, letters = n/1024, letters+1
	}
	return strconv.FormatInt(n, 10) + [...]string{"", "KiB", "MiB", "GiB", "TiB"}[letters]
}

// Type returns "size".
func (s *Size) Type() string { return "size" }

// ParseSize returns the bytes that text stands for, from 0 to 2^63-1. A bare K, M, G or T is a power of 1024, as is KiB; kB is
// 1000.
func ParseSize(text string) (int64, error) {
	number, unit, err := split("size", text, sizeForms)
	if err != nil {
		return 0, err
	}
	power, rest := prefix(unit)
	base := int64(1024)
	switch {
	case rest == "" || rest == "iB" && power > 0 || rest == "i" && power > 0:
	case rest == "B":
		base = 1000
	case rest == "b" || rest == "ib" && power > 0:
		p := upper(power)
		if power == 0 {
			return 0, fmt.Errorf("units: size %q: ambiguous unit %q: use B (bytes)", clip(text), clip(unit))
		}
		return 0, fmt.Errorf("units: size %q: ambiguous unit %q: use %siB (1024) or %sB (1000)", clip(text), clip(unit), p, p)
	default:
		return 0, fmt.Errorf("units: size %q: unknown unit %q: %s", clip(text), clip(unit), sizeForms)
	}
	return scale("size", text, number, pow(base, power), "bytes")
}
