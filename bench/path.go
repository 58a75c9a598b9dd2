package bench

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/proxy"
)

// maxPathDelay is each way, whether bytes are late or held: a trial lasts a minute
// at most, and a client gives up on a connection without progress before.
const maxPathDelay = time.Second

var errNoPath = errors.New("want delay, jitter, rate, burst, slice, gap, stall or buffer: what damages a stream or ends it is no path for a round of messages")

// setPath takes what the proxy takes, for both directions. What damages bytes or
// ends connections is refused: framings differ in what they make of that (the
// damage table tells), and a round of messages would end with the first.
func setPath(p *report.Point, value string) error {
	for key := range strings.SplitSeq(value, ",") {
		key, _, _ = strings.Cut(key, "=")
		if slices.Contains([]string{"flip", "drop", "insert", "dup", "duplen", "fin", "blackhole", "reset"}, key) {
			return errNoPath // told before its value, in which a slash would end it
		}
	}
	s, err := proxy.ParseSpec(value)
	if err != nil {
		return err
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"delay", s.Delay}, {"gap", s.Gap}, {"stall", s.Stall.Hold}} {
		if d.value > maxPathDelay {
			return fmt.Errorf("a %s of %v: want 0 to %v", d.key, d.value, maxPathDelay)
		}
	}
	kept := proxy.Spec{
		Seed: s.Seed, Delay: s.Delay, Jitter: s.Jitter, Normal: s.Normal, Rate: s.Rate, Burst: s.Burst,
		SliceMin: s.SliceMin, SliceMax: s.SliceMax, Gap: s.Gap, Stall: s.Stall, Buffer: s.Buffer,
	}
	if s.String() != kept.String() {
		return errNoPath
	}
	if value == "" || s.String() == (proxy.Spec{}).String() {
		return errors.New("that impairs nothing")
	}
	p.Path = value
	return nil
}

// viaPath starts the proxy of a point in this process, before a server. It costs
// the client's process time: no cell behind one tells costs.
func viaPath(p report.Point, addr string) (*proxy.Proxy, error) {
	s, err := proxy.ParseSpec(p.Path)
	if err != nil {
		return nil, err
	}
	return proxy.Start(proxy.Config{To: addr, Up: s, Down: s})
}
