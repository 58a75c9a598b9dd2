package client

import (
	"fmt"
	"net"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// shut says that nothing more will be sent: it writes what the framing owes
// after its last frame, then shuts our direction down.
func (w *worker) shut() error {
	if w.shutdown {
		return nil
	}
	w.shutdown = true
	if end := codec.End(w.codec); end != nil {
		if err := w.write(end); err != nil {
			return err
		}
	}
	nc, ok := w.session.nc.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("a %s connection cannot be shut down in one direction", w.session.nc.LocalAddr().Network())
	}
	return nc.CloseWrite()
}

// farewell writes what the framing owes before a connection is closed that
// came to its end as planned.
func (w *worker) farewell(nc net.Conn) {
	if end := codec.End(w.codec); end != nil && !w.shutdown && nc.SetWriteDeadline(time.Now().Add(tick)) == nil {
		_, _ = nc.Write(end)
	}
}
