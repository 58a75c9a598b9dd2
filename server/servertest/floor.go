package servertest

import (
	"context"
	"errors"
	"net"
	"strconv"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/pattern"
)

// The floors are the least that a server can do for its work: what Loadframe's
// server is compared with. They check nothing and bound nothing.

// startFloor starts a floor on 127.0.0.1 and returns its address.
func startFloor(kind string, loops int) (addr string, err error) {
	switch kind {
	case "gnet-echo":
		return startBareGnet(loops)
	case "std-echo":
		return startStd(echoLoop)
	case "std-write":
		return startStd(writeLoop)
	case "std-udp-echo":
		return startStdUDP()
	}
	return "", errors.New("servertest: unknown floor " + kind)
}

// bareGnet echoes whatever a read returned, with gnet's own Write.
type bareGnet struct {
	gnet.BuiltinEventEngine
	addr chan string
}

func (b *bareGnet) OnBoot(e gnet.Engine) gnet.Action {
	if fd, err := e.Dup(); err == nil {
		if sa, err := unix.Getsockname(fd); err == nil {
			in := sa.(*unix.SockaddrInet4)
			b.addr <- (&net.TCPAddr{IP: in.Addr[:], Port: in.Port}).String()
		}
		unix.Close(fd)
	}
	close(b.addr)
	return gnet.None
}

func (b *bareGnet) OnTraffic(c gnet.Conn) gnet.Action {
	chunk, _ := c.Next(-1)
	if _, err := c.Write(chunk); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func startBareGnet(loops int) (string, error) {
	b := &bareGnet{addr: make(chan string, 1)}
	failed := make(chan error, 1)
	go func() {
		failed <- gnet.Run(b, "tcp4://127.0.0.1:0", gnet.WithNumEventLoop(loops), gnet.WithReuseAddr(true))
	}()
	select {
	case addr := <-b.addr:
		return addr, nil
	case err := <-failed:
		return "", err
	}
}

func startStd(serve func(net.Conn)) (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String(), nil
}

// echoLoop is the usual goroutine a connection.
func echoLoop(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			if _, err := c.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// writeLoop reads a number and writes so many bytes of seeded content, 4 MiB a
// system call: the least that a bulk sender does.
func writeLoop(c net.Conn) {
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	if err != nil {
		return
	}
	left, err := strconv.ParseInt(string(buf[:n]), 10, 64)
	content := pattern.Seeded(0)
	for at := int64(0); left > 0 && err == nil; {
		var vec net.Buffers
		for k := int64(0); k < min(left, 4<<20); {
			b := content.Slice(at, int(min(left-k, pattern.MaxSlice)))
			vec = append(vec, b)
			k, at = k+int64(len(b)), at+int64(len(b))
		}
		var k int64
		k, err = vec.WriteTo(c)
		left -= k
	}
	_, _ = c.Read(buf) // the peer closes first
}

// startStdUDP returns every datagram to its sender, one at a time.
func startStdUDP() (string, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	_ = c.SetReadBuffer(4 << 20) // as the server does
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, peer, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = c.WriteToUDPAddrPort(buf[:n], peer)
		}
	}()
	return c.LocalAddr().String(), nil
}
