package client

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// span is the time by which a session's bursts are judged. One of some ms is too
// short to tell whether this machine kept up; many, one behind the other, are
// not. So the readings are as far apart as that takes, which spares most bursts
// the reading, and a burst has the doubts of the last span that was complete.
type span struct {
	begin vitals
	till  time.Time // when the last burst ended
	last  Health
}

// resume begins a burst. What was doubted before a long rest is over.
func (s *span) resume() {
	if time.Since(s.till) > doubtLeast {
		*s = span{begin: readVitals()}
	}
}

// judge ends a burst. Its latencies are its own.
func (s *span) judge(response, lag *hdrhistogram.Histogram) Health {
	s.till = time.Now()
	if s.till.Sub(s.begin.at) >= doubtLeast {
		end := readVitals()
		s.last, s.begin = doubt(s.begin, end, nil, nil), end
	}
	h := doubt(s.begin, s.begin, response, lag)
	h.GeneratorLimited = h.GeneratorLimited || s.last.GeneratorLimited
	h.Busy = s.last.Busy
	h.Reasons = append(h.Reasons, s.last.Reasons...)
	return h
}
