package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// start starts the event loops.
func (l *loop) start(loops int, logger gnetLogger) error {
	cli, err := gnet.NewClient(l,
		gnet.WithNumEventLoop(loops),
		// Not gnet.WithLockOSThread: on two cores it takes a quarter off echo's
		// p99 at 50 connections (4.0 to 2.6 ms), but one connection alone waits
		// twice as long (p50 27 to 54 µs): a locked loop that yields before it
		// blocks pays for two thread switches. A busy crowd is another matter, see
		// crowd.go.
		gnet.WithTCPNoDelay(gnet.TCPDelay), // leave it as net's accept has set it: no delay
		gnet.WithLogger(logger))
	if err == nil {
		err = cli.Start()
	}
	if err != nil {
		return fmt.Errorf("server: event loops: %w", err)
	}
	l.client = cli
	for range loops {
		far, err := l.meet()
		if err != nil {
			return fmt.Errorf("server: event loops: %w", err)
		}
		defer unix.Close(far) // and so the connection
	}
	return nil
}

// hello is the context of a connection by which meet gets to know a loop.
type hello chan<- gnet.EventLoop

// meet gets to know one more loop. gnet shows them through their connections
// only, and gives a connection to the loop that has the fewest: so with each
// connection that stays comes another loop. That is also why connections that
// come are not left to gnet's choice: of a burst all would see the same numbers,
// and get the same loop.
//
// The connection stays until far is closed.
func (l *loop) meet() (far int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	f := os.NewFile(uintptr(fds[0]), "meet")
	nc, err := net.FileConn(f)
	f.Close()
	met := make(chan gnet.EventLoop, 1)
	if err == nil {
		_, err = l.client.EnrollContext(nc, hello(met))
	}
	if err == nil {
		select {
		case e := <-met:
			l.events = append(l.events, e)
			return fds[1], nil
		default:
			err = errNotTaken
		}
	}
	unix.Close(fds[1])
	return -1, err
}

// stop ends the loops; what their connections have not sent is lost.
func (l *loop) stop() {
	if l.client != nil {
		_ = l.client.Stop()
	}
}

// arrival is a connection on its way to a loop.
type arrival struct {
	c     *conn
	opens int32
	done  <-chan gnet.RegisteredResult
}

// adopt sends a new connection on its way to a loop.
func (l *loop) adopt(nc net.Conn, c *conn) (arrival, error) {
	return l.send(l.events[l.turn.Add(1)%uint32(len(l.events))], nc, c)
}

// send sends a connection on its way to the loop e. On an error the caller
// still owns nc; else nobody does until the arrival has been waited for.
func (l *loop) send(e gnet.EventLoop, nc net.Conn, c *conn) (arrival, error) {
	opens := c.opens.Load()
	done, err := e.Enroll(gnet.NewContext(context.Background(), c), nc)
	return arrival{c, opens, done}, err
}

// wait returns when the loop has the connection. On an error it is lost.
func (a arrival) wait() error {
	if res := <-a.done; res.Err != nil {
		return res.Err
	}
	if a.c.opens.Load() == a.opens { // gnet does not tell that it could not watch it
		return errNotTaken
	}
	return nil
}

var errNotTaken = errors.New("the loop cannot watch one more descriptor")
