package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/udpsocket"
	"github.com/loadframe/loadframe/internal/units"
)

// udpFraming is what datagrams have for a framing.
const udpFraming = "udp"

const (
	// udpSize leaves a datagram whole on Ethernet, over either IP version.
	udpSize = 1400

	// udpBits is the rate of a push or a pull, bits/s a connection, if none is
	// given. It is iperf3's, and does no harm to a path that nobody has asked.
	udpBits = 1_000_000

	// udpLostAfter is LostAfter, unless half of the timeout is less.
	udpLostAfter = time.Second

	// udpReceiveBuffer is asked for; the system may give less.
	udpReceiveBuffer = 4 << 20
)

// udp tells whether the run is over datagrams.
func (c *Config) udp() bool { return strings.HasPrefix(c.Network, "udp") }

// resolveUDP is what Resolve does first for datagrams, which have no framing.
func (c *Config) resolveUDP() (codec.Codec, error) {
	switch {
	case c.Framing != "" && c.Framing != udpFraming:
		return nil, fmt.Errorf("framing %s: a datagram is a message, without framing", c.Framing)
	case c.Handler != "":
		return nil, fmt.Errorf("handler %s: over UDP it is the listener's: --listen udp://HOST:PORT?handler=%s there", c.Handler, c.Handler)
	case c.LostAfter < 0:
		return nil, fmt.Errorf("lost after %v: want more than 0", c.LostAfter)
	}
	c.Framing = udpFraming
	return codec.Parse("raw")
}

// resolveLostAfter settles after what time a reply is given up.
func (c *Config) resolveLostAfter() error {
	switch limit := c.Timeout / 2; {
	case !c.udp() && c.LostAfter > 0:
		return fmt.Errorf("lost after %v: nothing is lost over %s", c.LostAfter, c.Network)
	case !c.udp():
	case c.LostAfter > limit:
		return fmt.Errorf("lost after %v: want at most half of the timeout, %v", c.LostAfter, limit)
	default:
		c.LostAfter = cmp.Or(c.LostAfter, min(udpLostAfter, limit))
	}
	return nil
}

// datagrams are a workload's ways over UDP.
type datagrams struct {
	resolve func(*Config) error
	prepare func(*worker) func() error
	open    func(context.Context, *Config, *session, int) error // finds out that the server is there; nil: the workload does
}

var udpWorkloads = map[string]datagrams{
	Echo:   {resolveUDPExchange, prepareUDPExchange, probeExchange},
	Ack:    {resolveUDPExchange, prepareUDPExchange, probeExchange},
	Stamp:  {resolveUDPExchange, prepareUDPExchange, probeExchange},
	Pull:   {resolveUDPPull, prepareUDPTaker, probeRun},
	Push:   {resolveUDPPush, prepareUDPPusher, probeRun},
	Duplex: {resolveUDPDuplex, prepareUDPDuplex, probeRun},
	Stream: {resolveUDPStream, prepareUDPTaker, probeRun},
	Churn:  {resolveUDPChurn, prepareUDPChurner, nil},
}

// overUDP returns what a workload does over UDP.
func (w *workload) overUDP() (datagrams, error) {
	d, ok := udpWorkloads[w.name]
	if !ok {
		return d, fmt.Errorf("%s: over UDP there is no connection to be held, and a server keeps nothing of a peer that says nothing", w.name)
	}
	return d, nil
}

// resolveUDPSize settles the payload of a datagram.
func (c *Config) resolveUDPSize(otherwise, behind int) error {
	c.Size = cmp.Or(c.Size, otherwise)
	if limit := datagram.MaxPayload - behind; c.Sizes == "" && c.Size > limit {
		return fmt.Errorf("size %d: a datagram of %s carries at most %d bytes behind its header of %d", c.Size, c.Workload, limit, datagram.HeaderLen)
	}
	return nil
}

// planUDP settles when the datagrams of a push or a pull go: as Arrival says, and
// if that says nothing, at udpBits.
func (c *Config) planUDP() (err error) {
	if c.Arrival == "" {
		n := float64(max(1, c.Conns))
		c.Arrival = strconv.FormatFloat(udpBits*n/8/float64(c.Size), 'f', -1, 64)
		c.Notes = append(c.Notes, fmt.Sprintf("over UDP a %s goes at %s bit/s a connection unless -b or -r says otherwise", c.Workload, units.FormatDigits(udpBits)))
	}
	c.oneWay, err = parseSchedule(c.Arrival)
	return err
}

// openUDP prepares a connected socket and finds out whether somebody answers.
func (s *session) openUDP(ctx context.Context, c *Config, i int) error {
	nc := s.nc.(*net.UDPConn)
	if c.Socket.Window == 0 {
		_ = nc.SetReadBuffer(udpReceiveBuffer)
	}
	room, many := datagram.HeaderLen+stampSize+c.sizes.max, c.Depth > 1 || !c.workload.replies
	s.udp = udpsocket.New(nc, room, many)
	s.run = newRun()
	if c.datagrams.open == nil {
		return nil
	}
	if err := c.datagrams.open(ctx, c, s, i); err != nil {
		return udpError(err, nc)
	}
	return nc.SetDeadline(time.Time{})
}

// udpError says in words what the system says of a datagram socket in mid-run.
func udpError(err error, nc net.Conn) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens at udp %s: %w", nc.RemoteAddr(), syscall.ECONNREFUSED)
	case errors.Is(err, syscall.EMSGSIZE):
		if mtu := pathMTU(nc); mtu > 0 {
			return fmt.Errorf("%w: the path's MTU is %d: -l %d or less", syscall.EMSGSIZE, mtu, mtuPayload(nc.RemoteAddr(), mtu))
		}
	}
	return err
}

// mtuPayload is the greatest payload of a datagram that an MTU leaves whole.
func mtuPayload(peer net.Addr, mtu int) int {
	headers := 20 + 8
	if a, ok := peer.(*net.UDPAddr); ok && a.IP.To4() == nil {
		headers = 40 + 8
	}
	return max(0, mtu-headers-datagram.HeaderLen)
}

// pathMTU asks for the MTU while the socket is still open; 0: not known.
func pathMTU(nc net.Conn) int {
	if u, ok := nc.(*net.UDPConn); ok {
		return udpsocket.PathMTU(u)
	}
	return 0
}

// fragments is the doubt of a run whose datagrams are too long for the path, of
// which the MTU is known; "" if they are not.
func fragments(c *Config, peer net.Addr, mtu int) string {
	fits := mtuPayload(peer, mtu)
	if mtu == 0 || c.sizes.max <= fits {
		return ""
	}
	return fmt.Sprintf("datagrams of %d bytes travel in pieces, and one lost piece loses all: the path's MTU is %d: -l %d or less", c.sizes.max+datagram.HeaderLen, mtu, fits)
}

// sendUDP sends b as datagrams of size bytes. What the system has no room for
// at the moment is sent a moment later.
func (w *worker) sendUDP(b []byte, size int) error {
	for patience := w.cfg.Timeout; len(b) > 0; {
		n, err := w.session.udp.Write(b, size)
		if errors.Is(err, syscall.ENOBUFS) && patience > 0 {
			time.Sleep(time.Millisecond)
			patience -= time.Millisecond
			continue
		}
		if err != nil {
			return udpError(err, w.session.nc)
		}
		add(&w.count.writes, 1)
		b = b[n:]
	}
	return nil
}
