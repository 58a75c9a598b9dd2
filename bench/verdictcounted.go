package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/loadframe/loadframe/internal/report"
)

// overheadQuestion is asked of what was counted: there is no noise, so equal is a tie and all else is not.
type overheadQuestion struct {
	text    string
	size    int64
	payload string
}

var overheadQuestions = []overheadQuestion{
	{"least overhead on the wire, 16 B of text", 16, payloadText},
	{"least overhead on the wire, 64 KiB of random bytes", 64 << 10, payloadRandom},
	{"least overhead on the wire, 4 KiB of each framing's worst", 4 << 10, payloadWorst},
}

func (q overheadQuestion) answer(c *report.Comparison) *report.Conclusion {
	var rows []report.Overhead
	var refused []string
	for _, o := range c.Overheads {
		switch {
		case o.Size != q.size || o.Payload != q.payload || isFloor(c, o.Contender):
		case o.Refused != "":
			refused = append(refused, o.Contender)
		default:
			rows = append(rows, o)
		}
	}
	if len(rows) < 2 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b report.Overhead) int { return cmp.Compare(a.Mean, b.Mean) })
	v := &report.Conclusion{Question: q.text, Metric: "wire_per_payload"}
	for _, o := range rows {
		if ratio := o.Mean / rows[0].Mean; ratio == 1 {
			v.Best = append(v.Best, o.Contender)
		} else {
			v.Behind = append(v.Behind, report.Gap{Contender: o.Contender, Ratio: ratio, Low: ratio, High: ratio})
		}
	}
	v.Text = fmt.Sprintf("%s: %.6g wire bytes a payload byte", list(v.Best), rows[0].Mean)
	if n := len(v.Behind); n > 0 {
		next, last := rows[len(v.Best)], rows[len(rows)-1]
		v.Text += fmt.Sprintf("; then %s with %.6g", next.Contender, next.Mean)
		if n > 1 {
			v.Text += fmt.Sprintf("; the most is %.6g, of %s", last.Mean, last.Contender)
		}
	}
	v.Text += "; counted, so exact."
	if len(refused) > 0 {
		v.Text += fmt.Sprintf(" Not carried by %s.", list(refused))
	}
	return v
}

func isFloor(c *report.Comparison, contender string) bool {
	return slices.ContainsFunc(c.Contenders, func(x report.Contender) bool { return x.Name == contender && x.Floor != "" })
}

// damagedByte are the kinds of damage that the conclusions are about: one byte is another one, gone, or too many.
var damagedByte = []string{damageFlip, damageDrop, damageInsert}

// worstDamage returns the row of a contender that is worst among those of one damaged byte anywhere; nil if it has none.
func worstDamage(c *report.Comparison, contender string, of func(*report.Damage) float64) (worst *report.Damage) {
	for i := range c.Damages {
		d := &c.Damages[i]
		if d.Contender != contender || d.Place != placeAny || d.Refused != "" || !slices.Contains(damagedByte, d.Kind) {
			continue
		}
		if worst == nil || of(d) > of(worst) {
			worst = d
		}
	}
	return worst
}

// damageRank is the worst rows of all contenders, the best first.
func damageRank(c *report.Comparison, of func(*report.Damage) float64) (rows []*report.Damage) {
	for _, x := range c.Contenders {
		if d := worstDamage(c, x.Name, of); d != nil && x.Floor == "" {
			rows = append(rows, d)
		}
	}
	slices.SortStableFunc(rows, func(a, b *report.Damage) int { return cmp.Compare(of(a), of(b)) })
	return rows
}

// concludeNotices tells which framings deliver fewest wrong frames: those whose interval meets that of the best. A ratio to a framing
// that delivers none would be no number, so there are no gaps.
func concludeNotices(c *report.Comparison) *report.Conclusion {
	rows := damageRank(c, func(d *report.Damage) float64 { return d.Silent.P })
	if len(rows) < 2 {
		return nil
	}
	v := &report.Conclusion{Question: "finds damage: a byte flipped, lost or inserted", Metric: "silent"}
	for _, d := range rows {
		if d.Silent.Low <= rows[0].Silent.High {
			v.Best = append(v.Best, d.Contender)
		}
	}
	last := rows[len(v.Best)-1]
	v.Text = fmt.Sprintf("%s: a wrong frame is delivered in %s of %d damaged streams, in the worst of the three cases", list(v.Best), formatProbability(last.Silent), last.Trials)
	if len(rows) > len(v.Best) {
		next, worst := rows[len(v.Best)], rows[len(rows)-1]
		v.Text += fmt.Sprintf("; with %s in %s (%s)", next.Contender, formatProbability(next.Silent), next.Kind)
		if next != worst {
			v.Text += fmt.Sprintf(", with %s in %s (%s)", worst.Contender, formatProbability(worst.Silent), worst.Kind)
		}
	}
	v.Text += "."
	return v
}

func formatProbability(p *report.Probability) string {
	return fmt.Sprintf("%.3g %% (%.3g to %.3g)", p.P*100, p.Low*100, p.High*100)
}

// concludeCarriesOn tells which framings lose fewest frames to one damaged byte. Means of independent trials are compared, with the
// normal distribution; as with ratios of rounds, a difference must be worth telling.
func concludeCarriesOn(c *report.Comparison) *report.Conclusion {
	rows := damageRank(c, func(d *report.Damage) float64 { return d.Lost.Mean })
	if len(rows) < 2 || rows[0].Lost.Mean <= 0 {
		return nil
	}
	best := rows[0]
	p := make([]float64, len(rows)-1)
	for i, d := range rows[1:] {
		margin := best.Lost.Mean * worthTelling
		sd := math.Hypot(errorOf(d.Lost), worthTelling*errorOf(best.Lost))
		p[i] = math.Erfc((d.Lost.Mean - margin) / sd / math.Sqrt2)
		if sd == 0 && d.Lost.Mean <= margin {
			p[i] = 1
		}
	}
	v := &report.Conclusion{Question: "carries on after damage: a byte flipped, lost or inserted", Metric: "lost_frames", Best: []string{best.Contender}}
	for i, adjusted := range holm(p) {
		d := rows[i+1]
		if !(adjusted < chance) {
			v.Best = append(v.Best, d.Contender)
			continue
		}
		ratio := d.Lost.Mean / best.Lost.Mean
		spread := math.Hypot(errorOf(d.Lost)/d.Lost.Mean, errorOf(best.Lost)/best.Lost.Mean) * z95 // of the logarithm
		v.Behind = append(v.Behind, report.Gap{Contender: d.Contender, Ratio: ratio, Low: ratio * math.Exp(-spread), High: ratio * math.Exp(spread), P: adjusted})
	}
	v.Text = fmt.Sprintf("%s: %.3g of %d frames are lost (%.3g to %.3g), in the worst of the three cases", list(v.Best), best.Lost.Mean, damageFrames, best.Lost.Low, best.Lost.High)
	if n := len(v.Behind); n > 0 {
		next, worst := rows[len(rows)-n], rows[len(rows)-1]
		v.Text += fmt.Sprintf("; with %s %.3g", next.Contender, next.Lost.Mean)
		if n > 1 {
			v.Text += fmt.Sprintf(", with %s %.3g", worst.Contender, worst.Lost.Mean)
		}
	}
	v.Text += "."
	return v
}

// errorOf is the standard error from which the interval was made: its lower half may have been cut off at 0.
func errorOf(m *report.Mean) float64 { return (m.High - m.Mean) / z95 }

// concludeCarriesAll tells which framings refused no payload of those that were tried, and names one that each of the others refused.
func concludeCarriesAll(c *report.Comparison) *report.Conclusion {
	if len(c.Overheads) == 0 {
		return nil
	}
	v := &report.Conclusion{Question: "carries any payload", Metric: "refused"}
	var others []string
	for _, x := range c.Contenders {
		if x.Floor != "" {
			continue
		}
		i := slices.IndexFunc(c.Overheads, func(o report.Overhead) bool { return o.Contender == x.Name && o.Refused != "" })
		if i < 0 {
			v.Best = append(v.Best, x.Name)
			continue
		}
		o := c.Overheads[i]
		what := fmt.Sprintf("%d B of %s", o.Size, o.Payload)
		if o.Size == 0 {
			what = "empty"
		}
		others = append(others, fmt.Sprintf("%s (%s)", x.Name, what))
	}
	if len(v.Best) == 0 {
		return nil
	}
	v.Text = fmt.Sprintf("%s refused nothing, empty payloads and 1 MiB included", list(v.Best))
	if len(others) > 0 {
		v.Text += fmt.Sprintf("; refused: %s", list(others))
	}
	v.Text += "."
	return v
}
