package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ResultDir is where an instance leaves its result and its histograms to be merged: NAME.json and NAME.hlog, where NAME is that of
// the instance, so that all instances of all runs may share the directory. The files are there when they are complete, the
// histograms first; until then they have other names. A file that is there already is never written over. One goroutine may use it.
type ResultDir struct {
	Log *HistogramLog // of NAME.hlog

	path, name string
	file       *os.File
}

// OpenResultDir makes the directory, if there is none, and opens the histograms in it: what cannot be written is told before the
// time is spent.
func OpenResultDir(path, name string) (d *ResultDir, err error) {
	d = &ResultDir{path: path, name: name}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("report: result directory: %w", err)
	}
	for _, kind := range []string{".json", ".hlog"} {
		switch _, err := os.Lstat(d.named(kind)); {
		case err == nil:
			return nil, fmt.Errorf("report: %s is there already, of another run of the same segment", d.named(kind))
		case !errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("report: result directory: %w", err)
		}
	}
	if d.file, err = d.create("hlog"); err != nil {
		return nil, err
	}
	if d.Log, err = NewHistogramLog(d.file, time.Now()); err != nil {
		return nil, errors.Join(err, d.Discard())
	}
	return d, nil
}

// Histograms returns the name of the file of histograms, for [Instance].
func (d *ResultDir) Histograms() string { return d.name + ".hlog" }

func (d *ResultDir) named(kind string) string { return filepath.Join(d.path, d.name+kind) }

// create opens a file that merge does not look at.
func (d *ResultDir) create(kind string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(d.path, fmt.Sprintf(".%s.%s.%d.%d.tmp", d.name, kind, os.Getpid(), time.Now().UnixNano())), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("report: result directory: %w", err)
	}
	return f, nil
}

// Publish writes the result and gives both files their names. It ends the use of d.
func (d *ResultDir) Publish(r *Result) error {
	defer d.Discard() // what has its name by then keeps it
	err := d.file.Sync()
	if err == nil {
		err = link(d.file.Name(), d.named(".hlog"))
	}
	if err == nil {
		err = d.publishResult(r)
	}
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("report: another instance has run the same segment meanwhile: %s is there already, and this one's result is not written", d.named(".hlog"))
	}
	if err != nil {
		return fmt.Errorf("report: result directory: %w", err)
	}
	return nil
}

func (d *ResultDir) publishResult(r *Result) error {
	f, err := d.create("json")
	if err != nil {
		return err
	}
	err = errors.Join(WriteJSON(f, r, true), f.Sync(), f.Close())
	if err == nil {
		err = link(f.Name(), d.named(".json"))
	}
	return errors.Join(err, os.Remove(f.Name()))
}

// link gives a file a second name, unless somebody has that: a rename would write over another's result. Not all file systems have
// links; there the file is copied.
func link(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	content, rerr := os.ReadFile(from)
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// Discard removes what has no name yet.
func (d *ResultDir) Discard() error {
	if d == nil || d.file == nil {
		return nil
	}
	err := errors.Join(d.file.Close(), os.Remove(d.file.Name()))
	d.file = nil
	return err
}
