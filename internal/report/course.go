package report

// leastOfInterval is the part of Config.IntervalS that an interval has at least to be drawn.
const leastOfInterval = 0.1

// Course returns the intervals that tell how the run went on, in their order: what plots draw. Left out are those of the warm-up, and
// those that are shorter than a tenth of Config.IntervalS, as the last one may be: a run ends when it is done, some milliseconds behind a
// tick, and a rate over so short a time is that of one read. Drawn beside the others it would be a peak, or a fall, that nobody has seen.
// They are not joined with the one before: of percentiles that cannot be done. All intervals are in r.Intervals, which a Course does not
// share memory with.
func (r *Result) Course() []Interval {
	var course []Interval
	for _, v := range r.Intervals {
		if !v.Omitted && v.EndS-v.StartS >= leastOfInterval*r.Config.IntervalS {
			course = append(course, v)
		}
	}
	return course
}
