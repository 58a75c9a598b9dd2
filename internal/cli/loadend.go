package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/internal/report"
)

// fail notes why a run failed. One that failed before it could measure did not
// get so far as to count.
func fail(r *report.Result, err error) {
	if r.Error = err.Error(); r.DurationS == 0 {
		r.Totals.Errors = 1
	}
}

var errInterrupted = errors.New("interrupted")

// end tells the result and returns what Main exits with. A command that failed
// before it could measure has a result too, with the reason.
func (r *run) end(code int, err error) error {
	res := r.whole()
	if err != nil && !res.Failed() {
		fail(res, err)
	}
	if code != exitUsage {
		report.CheckAll(res, r.holds)
	}
	switch code {
	case exitInterrupted:
		err = errInterrupted
		if len(r.runs) > 0 && r.runs[len(r.runs)-1].Error == err.Error() {
			res.Error = "" // of several runs; out says it where it has to be said
		}
	case exitOK:
		code, err = r.judge(res)
	}
	werr := errors.Join(r.leave(code, res), r.out.end(res, r.conns, code == exitInterrupted))
	if werr != nil && (err == nil || code == exitMissed) {
		return failed(werr)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code, err}
}

// leave puts the result where merge finds it. That of a command that was wrong is
// none; that of an instance which was interrupted says so.
func (r *run) leave(code int, res *report.Result) error {
	switch {
	case r.dir == nil:
		return nil
	case code == exitUsage:
		return r.dir.Discard()
	case code == exitInterrupted && !res.Failed():
		c := *res
		c.Error = errInterrupted.Error()
		res = &c
	}
	return r.dir.end(res)
}

// judge holds a run that went to its end against what was expected of it.
func (r *run) judge(res *report.Result) (int, error) {
	if h := res.Health; r.flags.strict && h != nil && h.GeneratorLimited {
		err := fmt.Errorf("strict: limited by this machine: %s", h.Reasons[0])
		fail(res, err)
		return exitFailed, err
	}
	if err := missed(res); err != nil {
		return exitMissed, err
	}
	return exitOK, nil
}

// missed returns which thresholds did not hold.
func missed(res *report.Result) error {
	var all []string
	for _, t := range res.Missed() {
		all = append(all, t.String())
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("threshold missed: %s", strings.Join(all, ", "))
}
