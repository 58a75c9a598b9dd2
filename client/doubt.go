package client

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/internal/units"
)

// Health says whether a run can be believed: whether it measured the peer and
// the path, or the machine that it ran on itself.
type Health struct {
	GeneratorLimited bool
	Reasons          []string // one line each, with the value and the limit
	Late             bool     // the schedule lag is a reason
	Busy             bool     // the use of the processors is
}

// When a run doubts itself. docs/load.md gives the reasons for the numbers.
const (
	doubtLag      = time.Millisecond // of the schedule, in one message of a hundred,
	doubtLagShare = 0.1              // if it is this part of their response time too
	doubtCPU      = 0.9              // of what this process may use
	doubtPause    = time.Millisecond // the longest of the garbage collector
	doubtPauses   = 0.01             // of the time, all of them
	doubtSteal    = 0.01             // of the processors' time
	doubtLeast    = 200 * time.Millisecond
)

// vitals are readings that only grow, taken when the measuring begins and when
// it ends.
type vitals struct {
	at     time.Time
	cpu    sysinfo.CPU
	steal  time.Duration
	allocs uint64 // objects
	pauses *metrics.Float64Histogram
	hasCPU bool
	steals bool
}

func readVitals() vitals {
	v := vitals{at: time.Now()}
	v.cpu, v.hasCPU = sysinfo.CPUTime()
	v.steal, v.steals = sysinfo.Steal()
	s := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	// Not /gc/heap/allocs:objects, which is behind by up to a span of each size and
	// processor: several hundred objects of a short run, or none. This stops the
	// world for some 20 us, once before the measuring and once behind it.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	v.allocs = m.Mallocs
	if s[0].Value.Kind() == metrics.KindFloat64Histogram {
		v.pauses = s[0].Value.Float64Histogram()
	}
	return v
}

// doubt judges a run by what changed between two readings, and by its
// latencies, which are nil in a closed loop or for bulk.
func doubt(begin, end vitals, response, lag *hdrhistogram.Histogram) Health {
	var h Health
	say := func(format string, args ...any) {
		h.GeneratorLimited = true
		h.Reasons = append(h.Reasons, fmt.Sprintf(format, args...))
	}
	if lag != nil && lag.TotalCount() > 0 {
		late, whole := lag.ValueAtQuantile(99), response.ValueAtQuantile(99)
		if late > int64(doubtLag) && float64(late) > doubtLagShare*float64(whole) {
			h.Late = true
			say("p99 of the schedule lag is %s, over %s: messages went late through this machine's fault", units.FormatDuration(time.Duration(late)), units.FormatDuration(doubtLag))
		}
	}
	took := end.at.Sub(begin.at)
	if took < doubtLeast { // too short to tell
		return h
	}
	cores, noun := runtime.GOMAXPROCS(0), "cores"
	if cores == 1 {
		noun = "core"
	}
	if begin.hasCPU && end.hasCPU {
		if share := end.cpu.Sub(begin.cpu).Total().Seconds() / took.Seconds() / float64(cores); share > doubtCPU {
			h.Busy = true
			say("this process used %.0f %% of its %d %s, over %.0f %%: the peer may do more than this shows", share*100, cores, noun, doubtCPU*100)
		}
	}
	if total, longest := pausesSince(begin.pauses, end.pauses); longest > doubtPause {
		say("a garbage collection paused the client for up to %s, over %s", units.FormatDuration(longest), units.FormatDuration(doubtPause))
	} else if total.Seconds() > doubtPauses*took.Seconds() {
		say("garbage collection paused the client for %s in all, over %.0f %% of the time", units.FormatDuration(total), doubtPauses*100)
	}
	if begin.steals && end.steals {
		if share := (end.steal - begin.steal).Seconds() / took.Seconds() / float64(runtime.NumCPU()); share > doubtSteal {
			say("the hypervisor took %.1f %% of the processors' time for others (steal), over %.0f %%", share*100, doubtSteal*100)
		}
	}
	return h
}

// unsent judges that n messages were never sent. This machine was behind with
// one of them by so much although neither a reply nor room was waited for: what
// was sent in its time shows only how little that is.
func (h *Health) unsent(n int64, behind time.Duration) {
	h.Reasons = append(h.Reasons, fmt.Sprintf("%s messages were due and not sent when the time was over: no latency tells of them", units.FormatDigits(n)))
	if behind > doubtLag {
		h.GeneratorLimited, h.Late = true, true
		h.Reasons = append(h.Reasons, fmt.Sprintf("one of them was %s late, over %s, and nothing was waited for: this machine could not send faster", units.FormatDuration(behind), units.FormatDuration(doubtLag)))
	}
}

// pausesSince returns the sum and the greatest of the pauses between two
// readings, as the lower ends of their buckets: no pause is made up.
func pausesSince(begin, end *metrics.Float64Histogram) (total, longest time.Duration) {
	if begin == nil || end == nil || len(begin.Counts) != len(end.Counts) {
		return 0, 0
	}
	for i := range end.Counts {
		n := end.Counts[i] - begin.Counts[i]
		if low := end.Buckets[i]; n > 0 && !math.IsInf(low, -1) {
			d := time.Duration(low * 1e9)
			total, longest = total+time.Duration(n)*d, max(longest, d)
		}
	}
	return total, longest
}
