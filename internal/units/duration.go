package units

import (
	"fmt"
	"math/big"
	"time"
)

const durationForms = `write seconds as 10 or 0.5, or with a unit as 150us, 10ms, 10s, 1h30m`

// Duration is a span of time. It is a pflag.Value.
type Duration time.Duration

// Set parses text as [ParseDuration] does; on an error the value stays as it was.
func (d *Duration) Set(text string) error {
	v, err := ParseDuration(text)
	if err == nil {
		*d = Duration(v)
	}
	return err
}

// String returns Go's notation, exactly: "10s", "1.5ms".
func (d Duration) String() string { return time.Duration(d).String() }

// Type returns "duration".
func (d *Duration) Type() string { return "duration" }

// ParseDuration returns the span that text stands for, from 0 to 2^63-1 ns (292 years). A bare number is seconds, as in iperf3;
// all else is what time.ParseDuration reads, without a sign.
func ParseDuration(text string) (time.Duration, error) {
	number, unit, err := split("duration", text, durationForms)
	if err != nil {
		return 0, err
	}
	if unit == "" {
		n, err := scale("duration", text, number, big.NewRat(int64(time.Second), 1), "ns")
		return time.Duration(n), err
	}
	d, err := time.ParseDuration(number + unit)
	if err != nil {
		// The standard library's message names neither the accepted forms nor the limit, and does not tell overflow from typos.
		return 0, fmt.Errorf("units: duration %q: not a duration, or longer than 292 years: %s", clip(text), durationForms)
	}
	return d, nil
}
