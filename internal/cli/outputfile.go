package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// outputFile is a file that is there when it is complete, and until then is
// what it was before: it is written under another name beside it.
type outputFile struct {
	*os.File
	path string // "": written in place
}

// createOutputFile opens it before the run: a path that cannot be written is
// told before the time is spent. What is no regular file (a pipe, /dev/null)
// cannot be replaced, and is written in place. The flag that names it stands
// in front of the error.
func createOutputFile(flag, path string) (*outputFile, error) {
	if path == "-" {
		return nil, fmt.Errorf("%s -: want a file: standard output has its own form", flag)
	}
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at // the link stays one
	}
	flags, temporary := os.O_WRONLY|os.O_CREATE|os.O_EXCL, fmt.Sprintf("%s.%d.tmp", path, os.Getpid())
	if s, err := os.Stat(path); err == nil && !s.Mode().IsRegular() {
		flags, temporary = os.O_WRONLY, path
	}
	f, err := os.OpenFile(temporary, flags, 0o666)
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		pe.Path = path // not the other name, which nobody has given
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	o := &outputFile{File: f}
	if temporary != path {
		o.path = path
	}
	return o, nil
}

// finish puts the file in its place, unless writing it has failed.
func (o *outputFile) finish(err error) error {
	err = errors.Join(err, o.Close())
	if o.path == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(o.Name()))
	}
	return nil
}
