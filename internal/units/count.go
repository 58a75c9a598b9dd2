package units

import (
	"fmt"
	"strconv"
)

const countForms = `write a whole number as 1000, 10k or 1M`

// Count is a number of things: messages, connections, repeats. It is a pflag.Value.
type Count int64

// Set parses text as [ParseCount] does; on an error the value stays as it was.
func (c *Count) Set(text string) error {
	n, err := ParseCount(text)
	if err == nil {
		*c = Count(n)
	}
	return err
}

// String returns the shortest exact form that ParseCount reads back: "10k", "1234".
func (c Count) String() string {
	n, letters := thousands(int64(c))
	return strconv.FormatInt(n, 10) + [...]string{"", "k", "M", "G", "T"}[letters]
}

// Type returns "count".
func (c *Count) Type() string { return "count" }

// ParseCount returns the number that text stands for, from 0 to 2^63-1. k, M, G and T are powers of 1000.
func ParseCount(text string) (int64, error) {
	number, unit, err := split("count", text, countForms)
	if err != nil {
		return 0, err
	}
	power, rest := prefix(unit)
	if rest != "" {
		return 0, fmt.Errorf("units: count %q: unknown unit %q: %s", clip(text), clip(unit), countForms)
	}
	return scale("count", text, number, pow(1000, power), "")
}

// thousands divides n by 1000 as often as it goes without a remainder, at most four times.
func thousands(n int64) (quotient int64, times int) {
	for n != 0 && n%1000 == 0 && times < 4 {
		n, times = n/1000, times+1
	}
	return n, times
}
