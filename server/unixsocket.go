package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socketFile is the file of a unix listener, as we made it.
type socketFile struct {
	path string
	made os.FileInfo
}

// remove removes the file if it is still ours. Call it before the socket is
// closed.
func (f *socketFile) remove() {
	if now, err := os.Lstat(f.path); err == nil && os.SameFile(now, f.made) {
		_ = os.Remove(f.path)
	}
}

// unixPathMax is the longest path that an address can carry.
const unixPathMax = len(unix.RawSockaddrUnix{}.Path) - 1

// listenUnix listens at path. What is there already is left alone, but for a
// socket of our own user that nobody listens to. mode 0 leaves the file's mode
// to the umask.
//
// Not net.ListenUnix: between its bind and its listen is no place to set the
// mode, and a bound socket refuses connections until it listens.
func listenUnix(path string, mode fs.FileMode) (net.Listener, *socketFile, error) {
	if len(path) > unixPathMax {
		return nil, nil, fmt.Errorf("path of %d bytes, limit %d", len(path), unixPathMax)
	}
	if err := clearStale(path); err != nil {
		return nil, nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	unix.CloseOnExec(fd)
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return nil, nil, fmt.Errorf("bind: %w", err)
	}
	made, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	file := &socketFile{path, made}
	var ln net.Listener
	if mode != 0 {
		err = os.Chmod(path, mode)
	}
	if err == nil {
		err = unix.Listen(fd, unix.SOMAXCONN)
	}
	if err == nil {
		ln, err = net.FileListener(f)
	}
	if err != nil {
		file.remove()
		return nil, nil, err
	}
	return ln, file, nil
}

// clearStale removes a socket of ours that nobody listens to, and refuses
// everything else that is at path.
func clearStale(path string) error {
	there, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if there.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("there is a %s already, not a socket; it is left alone", kind(there))
	}
	if st, ok := there.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the socket there belongs to user %d; it is left alone", st.Uid)
	}
	nc, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		nc.Close()
		return fmt.Errorf("%w: a server listens there", unix.EADDRINUSE)
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("the socket there is left alone: %w", err)
	}
	if now, err := os.Lstat(path); err != nil || !os.SameFile(now, there) {
		return fmt.Errorf("%w: somebody else is about to listen there", unix.EADDRINUSE)
	}
	return os.Remove(path)
}

func kind(i os.FileInfo) string {
	switch i.Mode().Type() {
	case 0:
		return "file"
	case fs.ModeDir:
		return "directory"
	case fs.ModeSymlink:
		return "symbolic link"
	}
	return "special file"
}
