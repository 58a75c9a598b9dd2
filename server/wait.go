package server

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wait returns when what is owed next is due.
func (l *lane) wait() error {
	r := &l.c.r
	if r.pause > 0 {
		pause := r.pause
		r.pause = 0
		return l.until(time.Now().Add(pause))
	}
	if t, ok := r.body.(timed); ok {
		return l.until(t.due())
	}
	return nil
}

// until returns at due, or with an error as soon as the connection is broken.
// What the peer sends meanwhile stays unread, and the end of its direction is
// no reason to stop: it is owed the rest. (A peer that has closed looks the same
// until something is sent to it, and then the answer is a reset, which breaks
// off the next wait.)
func (l *lane) until(due time.Time) error {
	if time.Until(due) <= 0 {
		return nil
	}
	if l.raw == nil {
		raw, err := l.nc.(syscall.Conn).SyscallConn()
		if err != nil {
			return err
		}
		l.raw = raw
	}
	if err := l.nc.SetReadDeadline(due); err != nil {
		return err
	}
	var broken error
	err := l.raw.Read(func(fd uintptr) bool {
		n, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && n != 0 {
			err = syscall.Errno(n)
		}
		broken = err
		return broken != nil
	})
	switch {
	case broken != nil:
		return fmt.Errorf("peer went away: %w", broken)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	}
	return err
}
