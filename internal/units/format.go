package units

import (
	"math"
	"strconv"
	"time"
)

// FormatBytes returns n with a binary prefix and three digits, whole multiples without a fraction: "64 KiB", "1.21 GiB". It is
// for sizes of buffers and messages; amounts that stand beside a rate are [FormatBytesSI].
func FormatBytes(n int64) string {
	return prefixed(float64(n), 1024, []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"})
}

// FormatBytesSI returns n with a decimal prefix and three digits: "4.29 GB".
func FormatBytesSI(n int64) string { return prefixed(float64(n), 1000, siBytes) }

var (
	siBytes     = []string{" B", " kB", " MB", " GB", " TB", " PB", " EB"}
	siBytesPerS = []string{" B/s", " kB/s", " MB/s", " GB/s", " TB/s", " PB/s", " EB/s"}
	siBitsPerS  = []string{" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s", " Pbit/s", " Ebit/s"}
)

// FormatGoodput returns a rate in bytes per second both ways: "7.42 GB/s" and "59.4 Gbit/s".
func FormatGoodput(bytesPerS float64) (bytes, bits string) {
	return prefixed(bytesPerS, 1000, siBytesPerS), formatBits(bytesPerS * 8)
}

// formatBits returns a rate in bits per second with a decimal prefix and three digits: "59.4 Gbit/s".
func formatBits(bitsPerS float64) string {
	return prefixed(bitsPerS, 1000, siBitsPerS)
}

// FormatCount returns n with a decimal prefix and three digits: "412 k", "1.50 M"; below 1000 it is exact.
func FormatCount(n int64) string {
	return prefixed(float64(n), 1000, []string{"", " k", " M", " G", " T", " P", " E"})
}

// FormatDigits returns all digits of n in groups of three: "4,294,967,296".
func FormatDigits(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// FormatDuration returns a latency with three digits: "512 ns", "18.3 µs", "1.24 ms", "3.21 s". Beyond 1000 s it stays in
// seconds.
func FormatDuration(d time.Duration) string {
	return prefixed(float64(d), 1000, []string{" ns", " µs", " ms", " s"})
}

// Whole returns v rounded to the nearest whole number, for the functions that format one: 0 for what is not a number, the limit of
// an int64 for what does not fit.
func Whole(v float64) int64 {
	switch {
	case math.IsNaN(v):
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(math.Round(v))
}

// prefixed divides v by base until three digits are left of it and appends the unit of that power. Whole numbers of the first unit
// get no fraction, nor do whole multiples in the binary prefixes: buffers are such. Not a number, and infinities, come out as "n/a".
func prefixed(v, base float64, unit []string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "n/a"
	}
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	// 999.5 would round to a fourth digit; so does 1023.5 in the binary prefixes, which keep four digits below 1024.
	i := 0
	for v >= base-0.5 && i < len(unit)-1 {
		v, i = v/base, i+1
	}
	if v == math.Trunc(v) && (i == 0 || base == 1024) {
		return sign + strconv.FormatFloat(v, 'f', 0, 64) + unit[i]
	}
	return sign + digits3(v) + unit[i]
}

// digits3 returns v with three significant digits, or all its whole ones.
func digits3(v float64) string {
	switch {
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}
