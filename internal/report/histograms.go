package report

import (
	"fmt"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ServiceTag marks the lines of a histogram log that hold service times. Those without a tag hold response times.
const ServiceTag = "service"

// HistogramLog writes histograms of nanoseconds in the log format of HdrHistogram, version 1.3: a line a histogram, each the
// compressed V2 encoding in base64. Times are absolute; the greatest value, in a column for people, is in ms. Adding up the
// lines of one tag gives the histogram of the run, to the bucket.
type HistogramLog struct {
	w *hdrhistogram.HistogramLogWriter
}

// NewHistogramLog writes the head of a log.
func NewHistogramLog(w io.Writer, start time.Time) (*HistogramLog, error) {
	l := &HistogramLog{hdrhistogram.NewHistogramLogWriter(w)}
	for _, err := range []error{
		l.w.OutputComment("[Logged with loadframe " + ThisTool().Version + "; ns; no tag: response, Tag=" + ServiceTag + ": service]"),
		l.w.OutputLogFormatVersion(),
		l.w.OutputStartTime(start.UnixMilli()),
		l.w.OutputLegend(),
	} {
		if err != nil {
			return nil, fmt.Errorf("report: writing the histogram log: %w", err)
		}
	}
	return l, nil
}

// Add writes the histograms of one span of time. service may be nil.
func (l *HistogramLog) Add(start, end time.Time, response, service *hdrhistogram.Histogram) error {
	if err := l.AddTagged("", start, end, response); err != nil {
		return err
	}
	return l.AddTagged(ServiceTag, start, end, service)
}

// AddTagged writes one histogram of one span of time. A nil one is nothing.
func (l *HistogramLog) AddTagged(tag string, start, end time.Time, h *hdrhistogram.Histogram) error {
	if h == nil {
		return nil
	}
	h.SetTag(tag)
	h.SetStartTimeMs(start.UnixMilli())
	h.SetEndTimeMs(end.UnixMilli())
	if err := l.w.OutputIntervalHistogram(h); err != nil {
		return fmt.Errorf("report: writing the histogram log: %w", err)
	}
	return nil
}

// WritePercentiles writes the percentile distribution of h in ms as the text that HdrHistogram's tools and plotters read
// (.hgrm), with five steps each time that the distance to 100 % halves.
func WritePercentiles(w io.Writer, h *hdrhistogram.Histogram) error {
	if _, err := h.PercentilesPrint(w, 5, 1e6); err != nil {
		return fmt.Errorf("report: writing the percentiles: %w", err)
	}
	return nil
}
