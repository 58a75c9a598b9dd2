package client

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// revolving is the connection of the moment. A deadline in the past, with which
// the run ends what hangs, holds for those to come too.
type revolving struct {
	mu     sync.Mutex
	conn   net.Conn
	over   bool
	cancel context.CancelFunc
}

// set makes nc the connection of the moment; false if there is to be none.
func (r *revolving) set(nc net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn = nc; r.over {
		nc.Close()
	}
	return !r.over
}

// ended tells whether the run has ended what hangs.
func (r *revolving) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

func (r *revolving) get() net.Conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conn
}

func (r *revolving) SetDeadline(t time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Before(time.Now()) && !t.IsZero() {
		r.over = true
		r.cancel()
	}
	if r.conn == nil {
		return nil
	}
	return r.conn.SetDeadline(t)
}

// Close closes the connection of the moment.
func (r *revolving) Close() error {
	if nc := r.get(); nc != nil {
		return nc.Close()
	}
	return nil
}

func (r *revolving) CloseWrite() error {
	if nc, ok := r.get().(interface{ CloseWrite() error }); ok {
		return nc.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (r *revolving) Read(b []byte) (int, error)         { return r.get().Read(b) }
func (r *revolving) Write(b []byte) (int, error)        { return r.get().Write(b) }
func (r *revolving) LocalAddr() net.Addr                { return r.get().LocalAddr() }
func (r *revolving) RemoteAddr() net.Addr               { return r.get().RemoteAddr() }
func (r *revolving) SetReadDeadline(t time.Time) error  { return r.get().SetReadDeadline(t) }
func (r *revolving) SetWriteDeadline(t time.Time) error { return r.get().SetWriteDeadline(t) }
