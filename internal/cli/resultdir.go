package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// resultDir is where --result-dir leaves what merge takes. A nil one leaves
// nothing.
type resultDir struct {
	*report.ResultDir
	err error // of the first histogram that could not be written
}

func (r *run) openResultDir() (*resultDir, error) {
	path := r.flags.segments.dir
	if path == "" {
		return nil, nil
	}
	d, err := report.OpenResultDir(path, r.instanceID())
	if err != nil {
		return nil, fmt.Errorf("--result-dir %s: %w", path, err)
	}
	return &resultDir{ResultDir: d}, nil
}

// interval writes the latencies of one.
func (d *resultDir) interval(i client.Interval) {
	if d == nil || i.Omitted || i.Response == nil || d.err != nil {
		return
	}
	end := time.Now()
	d.err = d.Log.Add(end.Add(i.Start-i.End), end, i.Response, i.Service)
}

// add writes what is known of the whole run only.
func (d *resultDir) add(res *client.Result) {
	if d == nil || d.err != nil {
		return
	}
	end := res.Start.Add(res.Took)
	if res.Config.Interval == 0 {
		d.err = d.Log.Add(res.Start, end, res.Response, res.Service)
	}
	d.err = errors.Join(d.err,
		d.Log.AddTagged(report.LagTag, res.Start, end, res.Lag),
		d.Log.AddTagged(report.UpTag, res.Start, end, res.Up),
		d.Log.AddTagged(report.DownTag, res.Start, end, res.Down),
		d.Log.AddTagged(report.ConnectTag, res.Start, end, res.Connect))
	if s := res.Streamed; s != nil {
		d.err = errors.Join(d.err, d.Log.AddTagged(report.IntervalErrorTag, res.Start, end, s.IntervalError))
	}
}

// end leaves the result, unless a histogram could not be written: a result
// without its histograms cannot be merged.
func (d *resultDir) end(r *report.Result) error {
	switch {
	case d == nil:
		return nil
	case d.err != nil:
		return errors.Join(d.err, d.Discard())
	}
	return d.Publish(r)
}
