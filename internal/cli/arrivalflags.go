package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// schedule puts -r, -b and --arrival together into what the client takes; ""
// for a closed loop.
func (f *loadFlags) schedule(c client.Config) (string, error) {
	rate := f.rate
	if f.bitrate > 0 {
		if rate != "" {
			return "", errors.New("-r and -b: give one of the two")
		}
		r, _, err := c.Resolve()
		if err != nil {
			return "", err
		}
		if report.ShapeOf(c.Workload) == report.Bulk && c.Workload != client.Stream && transport(c.Network) != "udp" {
			return "", fmt.Errorf("-b %s: %s over %s has no rate: it is for echo, ack, stamp, stream and churn, and over UDP for push, pull and duplex too", f.bitrate, c.Workload, transport(c.Network))
		}
		rate = strconv.FormatFloat(float64(f.bitrate)/8/float64(r.Size), 'f', -1, 64)
	}
	spacing, n, _ := strings.Cut(f.arrival, ":")
	switch {
	case f.arrival == "":
		return rate, nil
	case rate == "":
		return f.arrival, nil
	case n == "" && (spacing == "constant" || spacing == "poisson"):
		return spacing + ":" + strings.TrimPrefix(rate, "ramp:"), nil
	case spacing == "burst" && !strings.Contains(n, "@"):
		return f.arrival + "@" + strings.TrimPrefix(rate, "ramp:"), nil
	}
	return "", fmt.Errorf("--arrival %s: with a rate from -r or -b, want constant, poisson or burst:N", f.arrival)
}

// sizeFlag is a size, or the name of a distribution of sizes with what it needs
// after a colon. It is a pflag.Value.
type sizeFlag struct {
	bytes int
	spec  string // "": constant
}

func (s *sizeFlag) Set(text string) error {
	if strings.Contains(text, ":") {
		s.spec = text // the client knows them
		return nil
	}
	n, err := units.ParseSize(text)
	if err == nil {
		s.bytes = int(n)
	}
	return err
}

func (s *sizeFlag) String() string {
	if s.spec != "" {
		return s.spec
	}
	return units.Size(s.bytes).String()
}

func (s *sizeFlag) Type() string { return "size" }
