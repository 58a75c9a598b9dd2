package server

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// root is the directory whose files peers may ask for. Names of peers are
// slash-separated and begin at the root ("/" is the root itself), whatever the
// root is called here. ".." at the root stays there; os.Root sees to it that no
// symbolic link leads out, also when somebody swaps a directory for one while
// we look.
type root struct {
	dir *os.Root
	// Whoever asks the file system holds a place meanwhile: a file system that
	// hangs takes a thread for each call, and Go ends the process at 10,000.
	places chan struct{}
}

// rootPlaces is how many connections at a time may wait for the file system.
const rootPlaces = 32

// openRoot opens dir; "" is no root.
func openRoot(dir string) (*root, error) {
	if dir == "" {
		return nil, nil
	}
	d, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("server: root: %w", err)
	}
	return &root{d, make(chan struct{}, rootPlaces)}, nil
}

func (r *root) close() {
	if r != nil {
		_ = r.dir.Close()
	}
}

var errNoPlace = errors.New("the file system is busy, and the server stops")

// enter waits for a place, which leave gives up, no longer than until over.
func (r *root) enter(over <-chan struct{}) error {
	select {
	case r.places <- struct{}{}:
		return nil
	case <-over:
		return errNoPlace
	}
}

func (r *root) leave() { <-r.places }

// resolve returns the path that name means in the directory cwd.
func resolve(cwd, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(cwd, name)
}

// local is a resolved path as os.Root takes it.
func local(p string) string { return cmp.Or(p[1:], ".") }

var errNotRegular = errors.New("not a regular file")

// file opens a regular file for reading and returns its size. A file of any
// other kind is not opened: a FIFO would block, and to open a device may do
// something.
func (r *root) file(p string) (*os.File, int64, error) {
	info, err := r.dir.Stat(local(p))
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errNotRegular
	}
	// It may have become something else since.
	f, err := r.dir.OpenFile(local(p), os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, 0, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		_ = f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// isDir tells whether p is a directory that can be listed.
func (r *root) isDir(p string) bool {
	f, err := r.openDir(p)
	if err != nil {
		return false
	}
	_ = f.Close()
	return true
}

func (r *root) openDir(p string) (*os.File, error) {
	return r.dir.OpenFile(local(p), os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
}

// kind tells what an entry of directory p is: a symbolic link is what it leads
// to, and nothing if that is outside.
func (r *root) kind(p string, e fs.DirEntry) fs.FileMode {
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := r.dir.Stat(local(path.Join(p, e.Name())))
		if err != nil {
			return fs.ModeIrregular
		}
		mode = info.Mode().Type()
	}
	return mode
}
