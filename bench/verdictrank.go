package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/internal/report"
)

// ranked is a contender with its figures for one question.
type ranked struct {
	name    string
	samples []float64
	spread  report.Spread
	pairing pairing // with the best: a ratio above 1 is worse
	p       float64 // of the pairing, adjusted for all that are told with it
}

// answer ranks the contenders by their figures. It is nil if fewer than two have any.
func (q question) answer(cs []report.Contender, figures func(name string) ([]float64, string)) *report.Conclusion {
	var rows []ranked
	var refused, floors []string
	for _, c := range cs {
		samples, why := figures(c.Name)
		spread := report.SpreadOf(samples)
		switch {
		case why != "" && c.Floor == "":
			refused = append(refused, c.Name)
		case len(samples) == 0 || spread.Median <= 0:
		case c.Floor != "":
			floors = append(floors, fmt.Sprintf("%s %s", c.Name, formatFigure(q.unit, spread.Median)))
		default:
			rows = append(rows, ranked{name: c.Name, samples: samples, spread: spread})
		}
	}
	if len(rows) < 2 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b ranked) int {
		if q.higher {
			a, b = b, a
		}
		return cmp.Compare(a.spread.Median, b.spread.Median)
	})
	q.compare(rows)
	v := &report.Conclusion{Question: q.text, Metric: q.metric, Point: q.point, Best: []string{rows[0].name}}
	var behind []ranked
	for _, r := range rows[1:] {
		if r.p < chance && r.pairing.low > 1 {
			behind = append(behind, r)
		} else {
			v.Best = append(v.Best, r.name)
		}
	}
	slices.SortStableFunc(behind, func(a, b ranked) int { return cmp.Compare(a.pairing.ratio, b.pairing.ratio) })
	for _, r := range behind {
		v.Behind = append(v.Behind, report.Gap{Contender: r.name, Ratio: r.pairing.ratio, Low: r.pairing.low, High: r.pairing.high, P: r.p})
	}
	v.Text = q.sentence(rows[0], v, len(rows[0].samples))
	if len(refused) > 0 {
		v.Text += fmt.Sprintf(" Not carried by %s.", list(refused))
	}
	if len(floors) > 0 {
		v.Text += fmt.Sprintf(" As floors, no framings: %s.", strings.Join(floors, ", "))
	}
	return v
}

// compare pairs all others with the first. That it is the first was seen from the same figures, which makes a difference to it likelier
// than to one that was named before; each probability is doubled for that. (Thirteen that are alike, in great noise, are then found
// different in 2 to 4 of 100 comparisons. To correct for all 78 pairs would be strict, and find half as much.)
func (q question) compare(rows []ranked) {
	p := make([]float64, len(rows)-1)
	for i := range p {
		better, worse := rows[0].samples, rows[i+1].samples
		if q.higher {
			better, worse = worse, better
		}
		rows[i+1].pairing = pair(better, worse)
		p[i] = min(1, 2*rows[i+1].pairing.p)
	}
	for i, adjusted := range holm(p) {
		rows[i+1].p = adjusted
	}
}

// sentence says who is best, and how far the others are behind.
func (q question) sentence(best ranked, v *report.Conclusion, rounds int) string {
	text := fmt.Sprintf("%s: %s", v.Best[0], formatInterval(q.unit, best.spread))
	switch n := len(v.Best); {
	case len(v.Behind) == 0 && rounds < 3:
		text = fmt.Sprintf("Nothing can be told from %d of the rounds that it takes; the best median is that of %s", rounds, text)
	case len(v.Behind) == 0:
		text = fmt.Sprintf("All %d tie within noise in %d rounds; the best median is that of %s", n, rounds, text)
	case n > 1:
		text += fmt.Sprintf("; %s within noise", ties(v.Best[1:]))
	}
	if len(v.Behind) > 0 {
		near, far := v.Behind[0], v.Behind[len(v.Behind)-1]
		text += fmt.Sprintf("; %s %s", near.Contender, formatGap(near, q.higher))
		if len(v.Behind) > 1 {
			text += fmt.Sprintf(", %s %s", far.Contender, formatGap(far, q.higher))
		}
		if n := len(v.Behind) - 2; n > 0 {
			text += fmt.Sprintf(", %d between", n)
		}
	}
	return text + "."
}

func ties(names []string) string {
	if len(names) == 1 {
		return names[0] + " ties"
	}
	return list(names) + " tie"
}

// list is "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
