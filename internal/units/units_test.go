package units

import (
	"math"
	"strings"
	"testing"
	"time"
)

// A case with want < 0 must fail, with an error that contains text's value and message.
type parseCase struct {
	text    string
	want    int64
	message string
}

func bad(text, message string) parseCase { return parseCase{text, -1, message} }

func run(t *testing.T, parse func(string) (int64, error), cases []parseCase) {
	t.Helper()
	for _, c := range cases {
		got, err := parse(c.text)
		switch {
		case c.want < 0 && err == nil:
			t.Errorf("%q = %d, want an error with %q", c.text, got, c.message)
		case c.want < 0 && (!strings.Contains(err.Error(), c.message) || !strings.HasPrefix(err.Error(), "units: ")):
			t.Errorf("%q: %v, want it to say %q", c.text, err, c.message)
		case c.want >= 0 && (err != nil || got != c.want):
			t.Errorf("%q = %d, %v, want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	run(t, ParseSize, []parseCase{
		{"0", 0, ""}, {"4096", 4096, ""}, {"00", 0, ""}, {"64K", 65536, ""}, {"64k", 65536, ""}, {"64KiB", 65536, ""}, {"64Ki", 65536, ""},
		{"64 KiB", 65536, ""}, {"16MiB", 16 << 20, ""}, {"4GiB", 4 << 30, ""}, {"1T", 1 << 40, ""}, {"1.5M", 3 << 19, ""}, {"1.1G", 1181116006, ""},
		{"1MB", 1e6, ""}, {"1kB", 1000, ""}, {"1KB", 1000, ""}, {"12B", 12, ""}, {".5K", 512, ""}, {"1.K", 1024, ""}, {"0.0001K", 0, ""},
		{"9223372036854775807", math.MaxInt64, ""}, {"8388607T", 8388607 << 40, ""},
		bad("", "empty"), bad("12Kb", `size "12Kb": ambiguous unit "Kb": use KiB (1024) or KB (1000)`), bad("12b", `use B (bytes)`), bad("12kib", "ambiguous"),
		bad("12X", `unknown unit "X"`), bad("12KiBs", "unknown"), bad("12Kbit", "unknown"), bad("-1", "negative; the least is 0"), bad("+1", "does not begin with a number"),
		bad("K", "does not begin with a number"), bad(".", "does not begin"), bad("1.2.3K", "decimal point"), bad("1.5", "not a whole number of bytes"), bad("1.5B", "whole"),
		bad("1e3", `unknown unit "e3"`), bad("0x10", "unknown"), bad("1,024", "unknown"), bad("1_000", "unknown"), bad("12 ", "unknown"), bad("12  K", "unknown"), bad(" 12", "does not begin"),
		bad("9223372036854775808", "over the limit of 9,223,372,036,854,775,807 bytes"), bad("8388608T", "over the limit"), bad("99999999999999999999T", "over the limit"),
		bad(strings.Repeat("9", 41), "41 characters, limit 40"), bad("1iB", "unknown"),
	})
}

func TestParseRate(t *testing.T) {
	run(t, ParseRate, []parseCase{
		{"0", 0, ""}, {"1000000", 1e6, ""}, {"10M", 1e7, ""}, {"10m", 1e7, ""}, {"10G", 1e10, ""}, {"10Gbit", 1e10, ""}, {"5Mbit/s", 5e6, ""}, {"5Mbps", 5e6, ""},
		{"9600bit/s", 9600, ""}, {"2.5 Gbit/s", 2.5e9, ""}, {"100MB/s", 8e8, ""}, {"100MiB/s", 100 << 23, ""}, {"8B/s", 64, ""}, {"1Kibit/s", 1024, ""}, {"1T", 1e12, ""},
		bad("", "empty"), bad("5Mb", `rate "5Mb": ambiguous unit "Mb": use Mbit/s (bits) or MB/s (bytes)`), bad("5Mb/s", "ambiguous"), bad("5MBps", "ambiguous"), bad("5MB", "ambiguous"),
		bad("5b", "use bit/s (bits) or B/s (bytes)"), bad("5Ki", "unknown"), bad("5pps", "unknown"), bad("-5M", "negative"), bad("1.5", "whole number of bit/s"),
		bad("9223373T", "over the limit of 9,223,372,036,854,775,807 bit/s"), bad("fast", "does not begin"),
	})
}

func TestParseCount(t *testing.T) {
	run(t, ParseCount, []parseCase{
		{"0", 0, ""}, {"1000", 1000, ""}, {"10k", 10000, ""}, {"10K", 10000, ""}, {"1M", 1e6, ""}, {"1.5M", 1500000, ""}, {"2G", 2e9, ""},
		bad("", "empty"), bad("10ki", "unknown"), bad("10B", "unknown"), bad("-1", "negative"), bad("0.5", "not a whole number"), bad("10MM", "unknown"),
		bad("9223373T", "over the limit"),
	})
}

func TestParseDuration(t *testing.T) {
	run(t, func(s string) (int64, error) { d, err := ParseDuration(s); return int64(d), err }, []parseCase{
		{"0", 0, ""}, {"10", 10e9, ""}, {"0.5", 5e8, ""}, {".5", 5e8, ""}, {"150us", 150e3, ""}, {"150µs", 150e3, ""}, {"10ms", 10e6, ""}, {"10s", 10e9, ""}, {"10 s", 10e9, ""},
		{"1h30m", 5400e9, ""}, {"0s", 0, ""}, {"1.5h", 5400e9, ""}, {"0.0000000001", 0, ""},
		bad("", "empty"), bad("-1", "negative"), bad("-1s", "negative"), bad("+1s", "does not begin"), bad("10x", "write seconds as 10 or 0.5"), bad("1d", "not a duration"),
		bad("9999999999999", "over the limit of 9,223,372,036,854,775,807 ns"), bad("9999999h", "longer than 292 years"), bad("forever", "does not begin"), bad("10s ", "not a duration"),
	})
}

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{FormatBytes(0), "0 B"}, {FormatBytes(1), "1 B"}, {FormatBytes(1023), "1023 B"}, {FormatBytes(1024), "1 KiB"}, {FormatBytes(65536), "64 KiB"},
		{FormatBytes(1500), "1.46 KiB"}, {FormatBytes(1<<20 - 1), "1.00 MiB"}, {FormatBytes(1<<20 - 1024), "1023 KiB"}, {FormatBytes(16 << 20), "16 MiB"}, {FormatBytes(math.MaxInt64), "8 EiB"},
		{FormatBytes(-1500), "-1.46 KiB"}, {FormatBytes(math.MinInt64), "-8 EiB"},
		{FormatBytesSI(0), "0 B"}, {FormatBytesSI(999), "999 B"}, {FormatBytesSI(1000), "1.00 kB"}, {FormatBytesSI(1 << 32), "4.29 GB"}, {FormatBytesSI(999_499), "999 kB"}, {FormatBytesSI(999_500), "1.00 MB"},
		{FormatBytesSI(9_999), "10.0 kB"}, {FormatBytesSI(99_950), "100 kB"}, {FormatBytesSI(math.MaxInt64), "9.22 EB"},
		{FormatCount(0), "0"}, {FormatCount(999), "999"}, {FormatCount(412_345), "412 k"}, {FormatCount(1_500_000), "1.50 M"},
		{FormatDigits(0), "0"}, {FormatDigits(999), "999"}, {FormatDigits(1000), "1,000"}, {FormatDigits(1 << 32), "4,294,967,296"}, {FormatDigits(-1234567), "-1,234,567"}, {FormatDigits(math.MinInt64), "-9,223,372,036,854,775,808"},
		{FormatDuration(0), "0 ns"}, {FormatDuration(512), "512 ns"}, {FormatDuration(18_300), "18.3 µs"}, {FormatDuration(1_240_000), "1.24 ms"}, {FormatDuration(3_210 * time.Millisecond), "3.21 s"},
		{FormatDuration(time.Hour), "3600 s"}, {FormatDuration(-18_300), "-18.3 µs"},
		{FormatDigits(Whole(1.5)), "2"}, {FormatDigits(Whole(math.NaN())), "0"}, {FormatDigits(Whole(math.Inf(1))), FormatDigits(math.MaxInt64)}, {FormatDigits(Whole(-1e300)), FormatDigits(math.MinInt64)},
		{formatBits(0.4), "0.40 bit/s"}, {formatBits(math.NaN()), "n/a"}, {formatBits(math.Inf(1)), "n/a"}, {formatBits(1e30), "1000000000000 Ebit/s"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if bytes, bits := FormatGoodput(7.42e9); bytes != "7.42 GB/s" || bits != "59.4 Gbit/s" {
		t.Errorf("FormatGoodput = %q, %q", bytes, bits)
	}
}

// value is pflag.Value, spelled out: the package does not need pflag to fit it.
type value interface {
	String() string
	Set(string) error
	Type() string
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		v                      value
		set, string, kind, bad string
	}{
		{new(Size), "65536", "64KiB", "size", "64Kb"}, {new(Rate), "10000M", "10Gbit/s", "rate", "1MB"},
		{new(Duration), "90", "1m30s", "duration", "x"}, {new(Count), "10000", "10k", "count", "-1"},
	} {
		if c.v.Type() != c.kind {
			t.Errorf("type %q, want %q", c.v.Type(), c.kind)
		}
		if err := c.v.Set(c.set); err != nil || c.v.String() != c.string {
			t.Errorf("%s: Set(%q) = %v, then %q, want %q", c.kind, c.set, err, c.v, c.string)
		}
		if err := c.v.Set(c.bad); err == nil || c.v.String() != c.string {
			t.Errorf("%s: Set(%q) = %v and left %q, want an error and %q", c.kind, c.bad, err, c.v, c.string)
		}
	}
}
