package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// latencyFiles are what --hlog and --hgrm ask for. Each is opened before the
// run: a path that cannot be written is told before the time is spent.
type latencyFiles struct {
	log  *os.File // nil: not asked for
	hgrm *os.File
	hlog *report.HistogramLog
	err  error // of the first interval that could not be written
}

// ownFiles refuses two results in one file: the later would take the place of
// the first without a word.
func ownFiles(f *outputFlags, hlog, hgrm string) error {
	by := map[string]string{}
	for _, o := range []struct{ flag, path string }{{"--html", f.html}, {"-o", f.output}, {"--hlog", hlog}, {"--hgrm", hgrm}} {
		if s, err := os.Stat(o.path); o.path == "" || err == nil && !s.Mode().IsRegular() {
			continue // a device, or a pipe, takes all
		}
		path := filepath.Clean(o.path)
		if other, taken := by[path]; taken {
			return fmt.Errorf("%s and %s: both want %s", other, o.flag, o.path)
		}
		by[path] = o.flag
	}
	return nil
}

func openLatencyFiles(f *loadFlags) (l *latencyFiles, err error) {
	l = &latencyFiles{}
	for _, o := range []struct {
		flag, path string
		to         **os.File
	}{{"--hlog", f.hlog, &l.log}, {"--hgrm", f.hgrm, &l.hgrm}} {
		if o.path == "" {
			continue
		}
		if *o.to, err = os.Create(o.path); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", o.flag, err), l.close())
		}
	}
	if l.log != nil {
		if l.hlog, err = report.NewHistogramLog(l.log, time.Now()); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return l, nil
}

func (l *latencyFiles) interval(i client.Interval) {
	if l.hlog == nil || i.Omitted || i.Response == nil || l.err != nil {
		return
	}
	end := time.Now()
	l.err = l.hlog.Add(end.Add(i.Start-i.End), end, i.Response, i.Service)
}

// add takes over a run that is over, if its intervals have not told all.
func (l *latencyFiles) add(res *client.Result) {
	if l.hlog != nil && l.err == nil && res.Response != nil && res.Config.Interval == 0 {
		l.err = l.hlog.Add(res.Start, res.Start.Add(res.Took), res.Response, res.Service)
	}
}

// finish writes what is known at the end only: response is of all runs
// together, nil if there was none.
func (l *latencyFiles) finish(response *hdrhistogram.Histogram) error {
	if l.hgrm != nil && response != nil {
		l.err = errors.Join(l.err, report.WritePercentiles(l.hgrm, response))
	}
	return errors.Join(l.err, l.close())
}

func (l *latencyFiles) close() (err error) {
	if l == nil {
		return nil // it did not get that far
	}
	for _, f := range []*os.File{l.log, l.hgrm} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		return fmt.Errorf("latency files: %w", err)
	}
	return nil
}
