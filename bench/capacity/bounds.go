package capacity

// Bounds is what a search knows of one goal.
type Bounds struct {
	Low      *float64 // the greatest rate that full trials confirmed below High; nil: none
	High     *float64 // the least rate that trials failed above Low; nil: none
	Likely   *float64 // a rate above Low that short trials met, and nothing confirmed; nil: none
	Limit    Limit
	Flapping []float64 // rates at which full trials came out both ways
	Again    *float64  // a rate above High that full trials met: the server is not monotonic; nil: none
}

// Limit is what ended the search for a goal.
type Limit string

// The limits. Enough: the interval is as narrow as asked for.
const (
	Enough    Limit = ""
	Generator Limit = "generator" // no evidence about the server beyond Low: it was the generator that failed
	Time      Limit = "time"      // it was ended before
	Range     Limit = "range"     // Least is not met, or Most is
)

// Bounds returns what is known of a goal, at any time.
func (s *Search) Bounds(goal int) Bounds {
	var out Bounds
	b, short := s.bounds(goal, true), s.bounds(goal, false)
	if b.high == nil && short.high != nil && (b.low == nil || short.high.rate > b.low.rate) {
		b.high = short.high // seen to fail, if not decided
	}
	if b.low != nil {
		out.Low = new(b.low.rate)
	}
	if b.high != nil {
		out.High = new(b.high.rate)
	}
	if short.low != nil && (b.low == nil || short.low.rate > b.low.rate) {
		out.Likely = new(short.low.rate)
	}
	for _, e := range s.rates {
		if e.flaps(goal) {
			out.Flapping = append(out.Flapping, e.rate)
		}
		if b.high != nil && e.rate > b.high.rate && e.state(goal, true, s.cfg.Confirm) == met && out.Again == nil {
			out.Again = new(e.rate)
		}
	}
	switch {
	case !s.done(goal):
		out.Limit = Time
	case b.wall != nil:
		out.Limit = Generator
	case b.low == nil || b.high == nil:
		out.Limit = Range
	}
	return out
}
