package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The tags of a histogram log beside those of response (none) and service times. Each has one line, for the whole run.
const (
	LagTag           = "lag"            // by how much the generator itself sent too late
	UpTag            = "up"             // of stamp: one-way delay to the server
	DownTag          = "down"           // of stamp: back
	ConnectTag       = "connect"        // of churn: until the connection was there
	IntervalErrorTag = "interval_error" // of stream: how far intervals between arrivals were from what was asked for
)

// Histograms are those of a run, or of the instances of one: by tag, those with the same tag added up bucket for bucket. Spans are
// those without a tag, one after the other: the response times of each interval.
type Histograms struct {
	ByTag map[string]*hdrhistogram.Histogram
	Spans [][]byte // encoded: one takes 220 KiB in memory, and there is one an interval
}

// NewHistogram returns the histogram that latencies are recorded in: 1 ns to 1 hour, three digits. Only those of one shape can be
// added up without a loss.
func NewHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, int64(time.Hour), 3) }

// maxLine bounds one line of a log: the counts of a histogram take some 250 KiB at most, compressed and in base64 hardly more.
const maxLine = 1 << 20

// ReadHistogramLog reads a log that a [HistogramLog] has written. It fails if a line cannot be read or is of another shape: a log
// that tells less than was measured is worse than none.
func ReadHistogramLog(r io.Reader) (*Histograms, error) {
	h := &Histograms{ByTag: map[string]*hdrhistogram.Histogram{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine+1) // and its end
	n := 1
	for ; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' || line[0] == '"' { // comments, and the legend
			continue
		}
		if err := h.addLine(line); err != nil {
			return nil, fmt.Errorf("report: histogram log: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("report: histogram log: line %d: over the limit of %d bytes", n, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("report: histogram log: %w", err)
	}
	return h, nil
}

// addLine takes [Tag=TAG,]START,LENGTH,MAX,HISTOGRAM. What the numbers say is of no interest here. The library's own reader passes
// over a line that is none of these, and its values would be missing.
func (h *Histograms) addLine(line string) error {
	tag, rest, tagged := "", line, false
	if rest, tagged = strings.CutPrefix(line, "Tag="); tagged {
		tag, rest, _ = strings.Cut(rest, ",")
	}
	fields := strings.Split(rest, ",")
	if len(fields) != 4 {
		return fmt.Errorf("%d fields, want start, length, maximum and histogram", len(fields))
	}
	encoded := []byte(fields[3])
	one, err := hdrhistogram.Decode(encoded)
	if err != nil {
		return err
	}
	if err := h.add(tag, one); err != nil {
		return err
	}
	if tag == "" {
		h.Spans = append(h.Spans, encoded)
	}
	return nil
}

var errShape = errors.New("a histogram of another shape than 1 ns to 1 hour with three digits")

// add adds line to those of its tag, exactly.
func (h *Histograms) add(tag string, line *hdrhistogram.Histogram) error {
	sum := h.ByTag[tag]
	if sum == nil {
		sum = NewHistogram()
		h.ByTag[tag] = sum
	}
	if line.LowestTrackableValue() != sum.LowestTrackableValue() || line.SignificantFigures() != sum.SignificantFigures() || sum.Merge(line) > 0 {
		return errShape
	}
	return nil
}

// Merge adds what g has of every tag, exactly. The spans are left as they are.
func (h *Histograms) Merge(g *Histograms) error {
	for tag, line := range g.ByTag {
		if err := h.add(tag, line); err != nil {
			return err
		}
	}
	return nil
}

// Tags returns the tags that there are, in order.
func (h *Histograms) Tags() []string { return slices.Sorted(maps.Keys(h.ByTag)) }

// latency summarizes what is of latency.
func (h *Histograms) latency() *Latency {
	l := &Latency{Response: Summarize(h.ByTag[""]), Service: Summarize(h.ByTag[ServiceTag]), Connect: Summarize(h.ByTag[ConnectTag]),
		Up: Summarize(h.ByTag[UpTag]), Down: Summarize(h.ByTag[DownTag])}
	if l.Response == nil {
		return nil
	}
	return l
}
