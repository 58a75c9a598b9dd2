package units

import "testing"

// FuzzParse checks that no text makes a parser panic or return a negative value, and that what it returns survives the way
// over String.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "0", "4096", "64KiB", "1.5M", "12Kb", "10Gbit", "100MB/s", "1h30m", "-1", "9223372036854775807", "1.", ".", ".5k", "1e9", "5 \xff", "292y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, v := range []interface {
			value
			number() int64
		}{new(Size), new(Rate), new(Duration), new(Count)} {
			if v.Set(text) != nil {
				continue
			}
			n := v.number()
			if n < 0 {
				t.Errorf("%s %q = %d", v.Type(), text, n)
			}
			if err := v.Set(v.String()); err != nil || v.number() != n {
				t.Errorf("%s %q = %d, but %q = %d, %v", v.Type(), text, n, v.String(), v.number(), err)
			}
		}
	})
}

// FuzzString checks that the String of every value that is not negative reads back as that value.
func FuzzString(f *testing.F) {
	for _, n := range []int64{0, 1, 999, 1000, 1024, 1 << 40, 1e15, 1<<63 - 1} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		n &= 1<<63 - 1
		size, rate, duration, count := Size(n), Rate(n), Duration(n), Count(n)
		for _, v := range []interface {
			value
			number() int64
		}{&size, &rate, &duration, &count} {
			if err := v.Set(v.String()); err != nil || v.number() != n {
				t.Errorf("%s %d: %q = %d, %v", v.Type(), n, v.String(), v.number(), err)
			}
		}
		FormatBytes(n)
		FormatBytesSI(-n)
	})
}

func (s Size) number() int64     { return int64(s) }
func (r Rate) number() int64     { return int64(r) }
func (d Duration) number() int64 { return int64(d) }
func (c Count) number() int64    { return int64(c) }
