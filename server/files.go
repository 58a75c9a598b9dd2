package server

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/codec"
)

// files are the commands about files below the server's root, with the current
// directory of one connection:
//
//	ls           the current directory's path, folders and files; see listing
//	chdir DIR    The new current working directory on the server is: PATH
//	dl FILE      Sending FILE size: SpLiT<size>, then so many bytes
//
// What cannot be had is answered with Invalid Path! and Invalid File!, whatever
// the reason, and a chdir without DIR with Not a recognised directory. Names
// may hold blanks. A file is sent without its framing where the framing does not
// delimit; in frames otherwise.
type files struct {
	cwd  string      // "" is the root
	bare codec.Codec // framing of a file's bytes; nil: the connection's
}

// serve answers word if it is one of these commands and the server has a root.
// Everything is looked up on the lane: a file system may block.
func (f *files) serve(r *Reply, word []byte) (is bool, err error) {
	root := r.conn.lis.srv.root
	if root == nil {
		return false, nil
	}
	name, arg, _ := bytes.Cut(word, []byte(" "))
	command := f.commands(string(name), strings.TrimSpace(string(arg)), len(name) == len(word))
	if command == nil {
		return false, nil
	}
	return true, r.onLane(func(r *Reply) error {
		if err := root.enter(r.conn.lis.srv.cut); err != nil {
			return err
		}
		defer root.leave()
		return command(r, root)
	})
}

func (f *files) commands(name, arg string, alone bool) func(*Reply, *root) error {
	switch {
	case name == "ls" && alone:
		return f.list
	case name == "chdir":
		return func(r *Reply, root *root) error { return f.change(r, root, arg) }
	case name == "dl":
		return func(r *Reply, root *root) error { return f.download(r, root, arg) }
	}
	return nil
}

func (f *files) dir() string { return cmp.Or(f.cwd, "/") }

func (f *files) list(r *Reply, root *root) error {
	c := r.Codec()
	var scratch []byte
	carried := func(name string) bool { // a name may hold the delimiter
		wire, err := c.Append(scratch[:0], []byte(name))
		scratch = wire
		return err == nil
	}
	limit := listingLimit
	if codec.Delimits(c) {
		limit = min(limit, codec.Max(c)/2) // it is one frame, with its captions
	}
	text, err := root.listing(f.dir(), limit, carried)
	if err != nil {
		return r.Frame([]byte("Invalid Path!")) // it was there when we went into it
	}
	return r.Frame([]byte(text))
}

func (f *files) change(r *Reply, root *root, arg string) error {
	if arg == "" {
		return r.Frame([]byte("Not a recognised directory."))
	}
	to := resolve(f.dir(), arg)
	if !root.isDir(to) {
		return r.Frame([]byte("Invalid Path!"))
	}
	f.cwd = to
	return r.Frame([]byte("The new current working directory on the server is: " + printable(to)))
}

func (f *files) download(r *Reply, root *root, arg string) error {
	invalid := []byte("Invalid File!")
	if arg == "" {
		return r.Frame(invalid)
	}
	srv := r.conn.lis.srv
	if !srv.room.openFile(srv.stats.Conns.Load()) {
		srv.refusals[refusedDescriptors].Add(1)
		return r.Frame(fmt.Appendf(nil, "%s There are %s.", invalid, srv.room.tooFew(srv.room.files)))
	}
	file, size, err := root.file(resolve(f.dir(), arg))
	if err != nil {
		srv.room.closeFile()
		return r.Frame(invalid)
	}
	shut := func() { _ = file.Close(); srv.room.closeFile() }
	if limit := srv.limits.MaxTransfer; size > limit {
		shut()
		r.count(refusedTransfer)
		return r.Frame(fmt.Appendf(nil, "%s It has %d bytes, limit %d.", invalid, size, limit))
	}
	d, err := newDiskFile(cmp.Or(f.bare, r.Codec()), file, size)
	if err == nil {
		err = r.Frame(fmt.Appendf(nil, "Sending %s size: SpLiT%d", printable(arg), size))
	}
	if err != nil {
		shut()
		return err
	}
	if !codec.Delimits(d.codec) {
		r.pause = noticePause // the header is a notice
	}
	d.closed = srv.room.closeFile
	r.counted(d.frames(), d.size)
	r.body = d
	return nil
}
