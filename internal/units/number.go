package units

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// maxNumber bounds the digits of a number: more are a mistake, and exact arithmetic on them would be paid for nothing.
const maxNumber = 40

// split cuts text into a number and the unit after it, with one space allowed between them. kind names the quantity in errors.
func split(kind, text, accepted string) (number, unit string, err error) {
	if text == "" {
		return "", "", fmt.Errorf("units: %s is empty: %s", kind, accepted)
	}
	end, points, digits := 0, 0, 0
	for end < len(text) && (text[end] == '.' || '0' <= text[end] && text[end] <= '9') {
		if text[end] == '.' {
			points++
		} else {
			digits++
		}
		end++
	}
	number, unit = text[:end], text[end:]
	if len(unit) > 1 {
		unit = strings.TrimPrefix(unit, " ") // a lone space stays, and is refused as a unit
	}
	switch {
	case text[0] == '-':
		return "", "", fmt.Errorf("units: %s %q: negative; the least is 0", kind, clip(text))
	case digits == 0:
		return "", "", fmt.Errorf("units: %s %q: does not begin with a number: %s", kind, clip(text), accepted)
	case points > 1:
		return "", "", fmt.Errorf("units: %s %q: more than one decimal point", kind, clip(text))
	case len(number) > maxNumber:
		return "", "", fmt.Errorf("units: %s %q: number of %d characters, limit %d", kind, clip(text), len(number), maxNumber)
	}
	return number, unit, nil
}

// scale returns number*factor, rounded to the nearest whole, half up. A fraction of single base units is refused: nobody means it.
func scale(kind, text, number string, factor *big.Rat, base string) (int64, error) {
	v, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, fmt.Errorf("units: %s %q: %q is not a number", kind, clip(text), number)
	}
	one := factor.Cmp(big.NewRat(1, 1)) == 0
	if one && !v.IsInt() {
		return 0, fmt.Errorf("units: %s %q: not a whole number of %s", kind, clip(text), base)
	}
	v.Mul(v, factor)
	v.Add(v, big.NewRat(1, 2))
	n := new(big.Int).Quo(v.Num(), v.Denom())
	if !n.IsInt64() {
		return 0, fmt.Errorf("units: %s %q: over the limit of %s %s", kind, clip(text), FormatDigits(math.MaxInt64), base)
	}
	return n.Int64(), nil
}

// prefix takes a leading K, M, G or T of either case off unit and returns its power: 0 without one.
func prefix(unit string) (power int, rest string) {
	if unit == "" {
		return 0, ""
	}
	if i := strings.IndexByte("kKmMgGtT", unit[0]); i >= 0 {
		return i/2 + 1, unit[1:]
	}
	return 0, unit
}

// pow returns base^n as a factor for scale.
func pow(base int64, n int) *big.Rat {
	f := int64(1)
	for range n {
		f *= base
	}
	return big.NewRat(f, 1)
}

// upper returns the letter of a power, as the error messages spell it.
func upper(power int) string { return [...]string{"", "K", "M", "G", "T"}[power] }

// clip bounds what an error message repeats of its input.
func clip(text string) string {
	if len(text) > 2*maxNumber {
		return text[:2*maxNumber] + "..."
	}
	return text
}
