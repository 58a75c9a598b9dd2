package bench

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// Conclude answers which framing is for what, each answer in a sentence with its intervals: what sends most messages, carries most,
// answers soonest and costs least; what adds least to the wire; what notices damage, what carries on after it, what carries any payload.
// A question that c has no figures for is left out.
//
// What was timed is compared round by round (the ratios of paired rounds). A framing is behind the best one where its ratio exceeds 1.03
// with a probability of error of 5 % for all that is said in answer to one question (Holm), and the interval that is told with it, which
// an outlier among few rounds makes wide, holds no tie; all others tie. What was counted has no
// noise, and ties where it is equal. Floors are told as floors and never win. c is not changed.
func Conclude(c *report.Comparison) []report.Conclusion {
	var all []report.Conclusion
	add := func(v *report.Conclusion) {
		if v != nil {
			all = append(all, *v)
		}
	}
	for _, q := range pointQuestions(c) {
		add(q.answer(c.Contenders, func(name string) ([]float64, string) { return cellSamples(c, q.point, name, q.metric) }))
	}
	for _, q := range costQuestions(c) {
		add(q.answer(c.Contenders, func(name string) ([]float64, string) { return costSamples(c, q.size, name) }))
	}
	for _, q := range overheadQuestions {
		add(q.answer(c))
	}
	add(concludeNotices(c))
	add(concludeCarriesOn(c))
	add(concludeCarriesAll(c))
	return all
}

// question is what is asked of figures that were taken in rounds.
type question struct {
	text   string
	metric string
	unit   string
	point  string // of cells
	size   string // of costs
	higher bool   // is better
}

// pointQuestions are asked of the cells: at the smallest and the greatest message of one size, at the base point, in each scenario.
func pointQuestions(c *report.Comparison) (all []question) {
	messages := question{text: "most messages a second", metric: "messages_per_s", unit: "msg/s", higher: true}
	goodput := question{text: "most goodput", metric: "goodput_bytes_per_s", unit: "B/s", higher: true}
	p99 := question{text: "lowest p99 latency", metric: "p99_ns", unit: "ns"}
	perMessage := question{text: "least CPU a message, both ends", metric: "cpu_ns_per_message", unit: "ns"}
	perGiB := question{text: "least CPU a GiB, both ends", metric: "cpu_s_per_gib", unit: "s/GiB"}
	at := func(q question, p report.Point) {
		q.point = p.Name
		q.text += ", " + placeOf(p)
		all = append(all, q)
	}
	small, large := extremes(c.Points)
	if small != nil {
		at(messages, *small)
		at(perMessage, *small)
	}
	if large != nil && large != small {
		at(goodput, *large)
		at(perGiB, *large)
	}
	for i, p := range c.Points {
		switch {
		case i == 0 && p.Factor == "":
			at(p99, p)
		case p.Factor == "path":
			at(messages, p)
		case p.Factor != "scenario":
		case p.Arrival != "": // the rate is given: what is left is how soon
			at(p99, p)
		case report.ShapeOf(p.Workload) == report.Bulk:
			at(goodput, p)
		default:
			at(messages, p)
		}
	}
	return all
}

// placeOf says where a question is asked.
func placeOf(p report.Point) string {
	if p.Factor == "scenario" || p.Factor == "path" {
		return p.Name
	}
	size := p.Sizes
	if n, err := strconv.ParseInt(size, 10, 64); err == nil {
		size = units.FormatBytes(n)
	}
	return fmt.Sprintf("%s, %s, depth %d", p.Workload, size, p.Depth)
}

// extremes returns the points of the smallest and the greatest messages that all have one size, of those that differ from the base in
// nothing else. They are nil if there is no such point.
func extremes(points []report.Point) (small, large *report.Point) {
	least, most := int64(0), int64(0)
	for i, p := range points {
		n, err := units.ParseSize(p.Sizes)
		if err != nil || p.Factor != "" && p.Factor != "size" {
			continue
		}
		if small == nil || n < least {
			small, least = &points[i], n
		}
		if large == nil || n > most {
			large, most = &points[i], n
		}
	}
	return small, large
}

// costQuestions are asked of the codecs alone: encoding and decoding a frame of text, of the smallest and the greatest size but one, which
// are those of the base point and of a bulk transfer.
func costQuestions(c *report.Comparison) (all []question) {
	for _, size := range []int{64, 64 << 10} {
		if slices.ContainsFunc(c.Costs, func(v report.CodecCost) bool { return isCostOf(v, strconv.Itoa(size)) && v.Refused == "" }) {
			all = append(all, question{
				text:   fmt.Sprintf("least time in the codec, %s of text, encode and decode", units.FormatBytes(int64(size))),
				metric: "codec_ns", unit: "ns", size: strconv.Itoa(size),
			})
		}
	}
	return all
}

func isCostOf(v report.CodecCost, size string) bool {
	return v.Sizes == size && v.Payload == payloadText && v.Segments == cutWhole
}

// cellSamples returns what a contender did at a point round by round, or why it did nothing.
func cellSamples(c *report.Comparison, point, contender, metric string) (samples []float64, refused string) {
	for i := range c.Cells {
		v := &c.Cells[i]
		if v.Point == point && v.Contender == contender {
			if e := v.Estimates[metric]; e != nil {
				return e.Samples, v.Refused
			}
			return nil, v.Refused
		}
	}
	return nil, ""
}

// costSamples returns what encoding and decoding a frame took together.
func costSamples(c *report.Comparison, size, contender string) (samples []float64, refused string) {
	for i := range c.Costs {
		v := &c.Costs[i]
		if v.Contender != contender || !isCostOf(*v, size) {
			continue
		}
		if v.Encode == nil || v.Decode == nil {
			return nil, v.Refused
		}
		for i := range min(len(v.Encode.Samples), len(v.Decode.Samples)) {
			samples = append(samples, v.Encode.Samples[i]+v.Decode.Samples[i])
		}
	}
	return samples, refused
}
