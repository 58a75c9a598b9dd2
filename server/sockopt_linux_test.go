package server

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// Accepted connections have what was set on the listener: Multipath TCP, for one,
// would lose it.
func TestAcceptedConnectionsInherit(t *testing.T) {
	l := listener{cfg: Listener{Network: "tcp", Address: "127.0.0.1:0"}, closing: make(chan struct{})}
	if err := l.start(1, gnetLogger{}); err != nil {
		t.Fatal(err)
	}
	defer l.close()
	c, err := net.Dial("tcp", l.local().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	nc, err := l.ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for _, o := range []struct {
		name                string
		level, option, want int
	}{
		{"TCP_NOTSENT_LOWAT", unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, notsentLowat},
		{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepIdle},
		{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{"TCP_NODELAY", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
	} {
		var got int
		if err := control(nc, func(fd int) { got, err = unix.GetsockoptInt(fd, o.level, o.option) }); err != nil || got != o.want {
			t.Errorf("%s: %d, %v, want %d", o.name, got, err, o.want)
		}
	}
}
