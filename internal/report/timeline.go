package report

import (
	"maps"
	"math"
	"slices"
	"time"
)

// timeline puts the instances on one clock.
type timeline struct {
	start    time.Time // of the first instance that began, by the clock of the first in order
	begins   []time.Duration
	covered  time.Duration // in which any instance measured
	together time.Duration // in which all did
}

// timelineOf puts the beginnings on the clock of the first part, if all have estimated how it relates to the server's; else on
// their own, which ought to agree.
func timelineOf(parts []*Part) timeline {
	var starts []time.Time
	clocks := !slices.ContainsFunc(parts, func(p *Part) bool { return p.instance().Clock == nil })
	for _, p := range parts {
		at := p.Result.Start
		if clocks {
			at = at.Add(time.Duration(p.instance().Clock.OffsetNs - parts[0].instance().Clock.OffsetNs))
		}
		starts = append(starts, at)
	}
	l := timeline{start: slices.MinFunc(starts, time.Time.Compare)}
	type span struct{ from, to time.Duration }
	var spans []span
	for i, p := range parts {
		begin := starts[i].Sub(l.start)
		l.begins = append(l.begins, begin)
		from := begin + secondsOf(p.Result.Config.OmitS)
		spans = append(spans, span{from, from + secondsOf(p.Result.DurationS)})
	}
	latest, earliest := spans[0].from, spans[0].to
	for _, s := range spans {
		latest, earliest = max(latest, s.from), min(earliest, s.to)
	}
	l.together = max(0, earliest-latest)
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	end := spans[0].from
	for _, s := range spans {
		l.covered += max(0, s.to-max(s.from, end))
		end = max(end, s.to)
	}
	return l
}

func secondsOf(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// intervals adds up what the instances did at the same time: in the interval of the first clock in which the middle of theirs lies.
func (l timeline) intervals(parts []*Part) []Interval {
	length := parts[0].Result.Config.IntervalS
	if length <= 0 {
		return nil
	}
	slots := map[int]*slot{}
	for i, p := range parts {
		measured := 0
		for _, v := range p.Result.Intervals {
			begin := l.begins[i].Seconds()
			v.StartS, v.EndS = v.StartS+begin, v.EndS+begin
			n := int(math.Floor((v.StartS + v.EndS) / 2 / length))
			s := slots[n]
			if s == nil {
				s = &slot{}
				slots[n] = s
			}
			s.add(v)
			if !v.Omitted && measured < len(p.Histograms.Spans) {
				s.spans = append(s.spans, p.Histograms.Spans[measured])
				measured++
			}
		}
	}
	var all []Interval
	for _, n := range slices.Sorted(maps.Keys(slots)) {
		all = append(all, slots[n].interval())
	}
	return all
}
