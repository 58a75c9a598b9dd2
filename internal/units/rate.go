package units

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

const rateForms = `write bits per second as 1000000, 10M, 10Mbit/s, or bytes per second as 100MB/s (1000), 100MiB/s (1024)`

// Rate is a number of bits per second. It is a pflag.Value.
type Rate int64

// Set parses text as [ParseRate] does; on an error the value stays as it was.
func (r *Rate) Set(text string) error {
	n, err := ParseRate(text)
	if err == nil {
		*r = Rate(n)
	}
	return err
}

// String returns the shortest exact form that ParseRate reads back: "10Gbit/s", "1234bit/s".
func (r Rate) String() string {
	n, letters := thousands(int64(r))
	return strconv.FormatInt(n, 10) + upper(letters) + "bit/s"
}

// Type returns "rate".
func (r *Rate) Type() string { return "rate" }

// ParseRate returns the bits per second that text stands for, from 0 to 2^63-1. A bare K, M, G or T is a power of 1000. A unit
// of bits may stand without "/s" ("10Gbit"); one of bytes may not, since "10GB" is an amount.
func ParseRate(text string) (int64, error) {
	number, unit, err := split("rate", text, rateForms)
	if err != nil {
		return 0, err
	}
	power, rest := prefix(unit)
	factor := pow(1000, power)
	if after, ok := strings.CutPrefix(rest, "i"); ok && power > 0 && after != "" {
		factor, rest = pow(1024, power), after
	}
	switch rest {
	case "", "bit", "bit/s", "bps":
	case "B/s":
		factor.Mul(factor, big.NewRat(8, 1))
	case "b", "b/s", "B", "Bps":
		p := upper(power)
		return 0, fmt.Errorf("units: rate %q: ambiguous unit %q: use %sbit/s (bits) or %sB/s (bytes)", clip(text), clip(unit), p, p)
	default:
		return 0, fmt.Errorf("units: rate %q: unknown unit %q: %s", clip(text), clip(unit), rateForms)
	}
	return scale("rate", text, number, factor, "bit/s")
}
