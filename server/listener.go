package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"github.com/loadframe/loadframe/codec"
)

// listener is one address with what it serves. It accepts; the connections
// belong to the server's event loops.
type listener struct {
	srv     *Server
	cfg     Listener
	auto    bool
	opens   bool        // the handler speaks first
	codec   codec.Codec // of connections without a preface
	session session     // theirs
	ln      net.Listener
	file    *socketFile // of a unix listener

	closing  chan struct{} // closed by close
	once     sync.Once
	accepter sync.WaitGroup // the goroutine that accepts
}

func newListener(s *Server, cfg Listener) (*listener, error) {
	c, name, err := cfg.resolve(&framings{max: s.limits.MaxFrame})
	if err != nil {
		return nil, err
	}
	h, err := s.handler(name, new(params))
	if err != nil {
		return nil, fmt.Errorf("server: listen %s %s: %w", cfg.Network, cfg.Address, err)
	}
	_, opens := h.(Opener)
	if cfg.Framing = cmp.Or(cfg.Framing, handlerFraming[name]); cfg.Framing == "" {
		if cfg.Framing = Auto; opens {
			cfg.Framing = "text"
		}
	}
	cfg.Handler = name
	return &listener{srv: s, cfg: cfg, auto: cfg.Framing == Auto, opens: opens, codec: c, session: sessionOf(name, c), closing: make(chan struct{})}, nil
}

// start makes the listening socket. Nobody accepts from it yet.
func (l *listener) start(int, gnetLogger) (err error) {
	if l.cfg.Network == "unix" {
		l.ln, l.file, err = listenUnix(l.cfg.Address, l.cfg.Mode)
	} else {
		lc := net.ListenConfig{KeepAlive: acceptedKeepAlive}
		// With Multipath TCP, net's default, connections of peers without it (most
		// are) do not inherit all that setListenerOptions sets.
		lc.SetMultipathTCP(false)
		if l.ln, err = lc.Listen(context.Background(), l.cfg.Network, l.cfg.Address); err == nil {
			err = control(l.ln, setListenerOptions)
		}
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err // the rest says again what it was about
	}
	if err != nil {
		l.close()
		return fmt.Errorf("server: listen %s %s: %w", l.cfg.Network, l.cfg.Address, err)
	}
	return nil
}

// control calls f with the descriptor of a socket.
func control(socket any, f func(fd int)) error {
	sc, ok := socket.(syscall.Conn)
	if !ok {
		return fmt.Errorf("no descriptor in %T", socket)
	}
	rc, err := sc.SyscallConn()
	if err == nil {
		err = rc.Control(func(fd uintptr) { f(int(fd)) })
	}
	return err
}

// close closes the listening socket: from here on the system refuses who
// connects. It returns when nothing is accepted any more.
func (l *listener) close() {
	l.once.Do(func() {
		close(l.closing)
		if l.file != nil {
			l.file.remove() // while the socket holds its inode, so that no other file can have the number
		}
		if l.ln != nil {
			l.ln.Close()
		}
	})
	l.accepter.Wait()
}

// String is the line that serve prints.
func (l *listener) String() string {
	return fmt.Sprintf("%s %s framing=%s handler=%s", l.cfg.Network, l.local(), l.cfg.Framing, l.cfg.Handler)
}

func (l *listener) local() net.Addr { return l.ln.Addr() }
