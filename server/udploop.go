package server

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/loadframe/loadframe/internal/udpsocket"
)

// udpReceiveBuffer is asked for; the system may give less. It is what a burst
// from many peers finds room in while a loop answers another.
const udpReceiveBuffer = 4 << 20

// proofFactor is how many times what a peer sent it is sent before it has
// proved its address (RFC 9000, section 8.1). It holds for each datagram and
// its one answer, so that nothing need be remembered.
const proofFactor = 3

// udpLoop answers the datagrams of one socket, a batch at a time. The fields
// from now on are those of the batch, and from in on of the datagram, that is
// being answered.
type udpLoop struct {
	lis     *udpListener
	service *udpService
	conn    *net.UDPConn
	packets *udpPackets
	tokens  tokens
	sinks   udpSinks
	segment bool // the kernel cuts long writes into datagrams
	count   udpCounters

	now     time.Time
	scratch []byte // answers that are not what came
	i       int
	in      []byte
	peer    netip.AddrPort
	trusted bool
}

func newUDPLoop(l *udpListener, c *net.UDPConn) (*udpLoop, error) {
	packets, err := newUDPPackets(c)
	if err != nil {
		return nil, err
	}
	_ = c.SetReadBuffer(udpReceiveBuffer)
	return &udpLoop{
		lis: l, service: l.srv.udp, conn: c, packets: packets,
		tokens: newTokens(l.srv.udp.secret), sinks: udpSinks{open: map[udpSinkKey]*udpSinkRun{}}, segment: udpsocket.CanSegment(c),
	}, nil
}

// run ends when the socket is closed. No error of a datagram ends it.
func (l *udpLoop) run() {
	for {
		n, err := l.packets.read()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			l.asked(err)
			continue
		}
		l.now = time.Now()
		bytes := 0
		for i := range n {
			bytes += l.serve(i)
		}
		l.count.Reads.Add(1)
		l.count.In.Add(int64(n))
		l.count.BytesIn.Add(int64(bytes)) // who has read an answer finds it counted
		l.flush()
		if cap(l.scratch) > udpBatch*udpBuffer { // many great answers at once
			l.scratch = nil
		}
		l.scratch = l.scratch[:0]
	}
}

// flush sends the answers.
func (l *udpLoop) flush() {
	sent, err := l.packets.flush()
	if sent > 0 {
		l.count.Writes.Add(1)
		l.count.Out.Add(int64(sent))
	}
	if err != nil {
		l.count.SendErrors.Add(1)
		l.asked(err)
	}
}

// asked is called with an error of the socket: it is often that of a peer that
// has gone, whose transfers end.
func (l *udpLoop) asked(err error) {
	if errors.Is(err, net.ErrClosed) {
		return
	}
	known := false
	unreachable(l.conn, func(peer netip.AddrPort) {
		known = true
		l.service.transfers.unreachable(peer)
	})
	if !known {
		l.lis.srv.log.Debug("udp", "listener", l.lis.String(), "error", err)
		time.Sleep(time.Millisecond) // should the system go on saying so
	}
}

// serve answers datagram i of the batch and returns its length.
func (l *udpLoop) serve(i int) int {
	l.i, l.in, l.peer = i, l.packets.data(i), l.packets.from(i)
	// To nothing, three times nothing is the answer. Nobody can be answered at
	// port 0, and to try costs the batch a system call and the loop a pause.
	if len(l.in) > 0 && l.peer.IsValid() && l.peer.Port() != 0 {
		// A forged source makes two servers answer each other without end.
		if l.service.isOurs(l.peer.Port()) {
			l.lis.srv.refusals[refusedLoop].Add(1)
			return len(l.in)
		}
		l.trusted = l.service.trusts(l.peer.Addr())
		l.lis.handler(l)
	}
	return len(l.in)
}

// reply queues an answer to the datagram. A peer that is neither trusted nor
// proved its address with this very datagram gets what may be sent to anybody.
// b must not change until the batch is sent: it is l.in, constant, or of l.scratch.
func (l *udpLoop) reply(b []byte, proved bool) {
	if !proved && !l.trusted && len(b) > proofFactor*len(l.in) {
		l.count.NoToken.Add(1)
		if b = tokenHint(proofFactor * len(l.in)); b == nil {
			return
		}
	}
	if !l.trusted && l.service.budget.take(l.peer.Addr(), len(b), l.now) > 0 {
		l.count.OverRate.Add(1)
		return
	}
	l.count.BytesOut.Add(int64(len(b)))
	if !l.packets.reply(l.i, b) {
		l.flush()
		l.packets.reply(l.i, b)
	}
}

var hints = [][]byte{[]byte("ERR a token is needed"), []byte("ERR token"), []byte("ERR")}

// tokenHint tells in at most max bytes that a token is needed; nil if that is
// too few.
func tokenHint(max int) []byte {
	for _, h := range hints {
		if len(h) <= max {
			return h
		}
	}
	return nil
}

// appended returns what f appends to the batch's buffer.
func (l *udpLoop) appended(f func(dst []byte) []byte) []byte {
	at := len(l.scratch)
	l.scratch = f(l.scratch)
	return l.scratch[at:len(l.scratch):len(l.scratch)]
}
