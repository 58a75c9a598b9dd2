package server

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// room decides whether there is room for one more connection.
type room struct {
	conns   int   // greatest number of connections; 0: no limit of its own
	perAddr int   // greatest number of connections of one address; 0: no limit
	rate    int64 // of one address, in bytes per second; 0: no limit
	fds     int   // descriptors from this number on are not for connections
	files   int   // as many are for connections and files together
	base    int   // descriptors that were open before there were connections
	limit   int   // of descriptors, for the message

	open    atomic.Int64  // files
	waits   *atomic.Int64 // that rate has made
	mu      sync.Mutex
	peers   map[netip.Addr]*peer // those that have a connection, if perAddr or rate is set, and some in debt
	debtors int                  // of these, without a connection
	closed  bool
}

// peer is an address that has connections.
type peer struct {
	addr netip.Addr
	rate rate        // rate.conns is written under room.mu
	paid *time.Timer // forgets a debtor; nil: it is none
}

// maxDebtors bounds how many addresses are kept that have no connection any
// more, but have used their rate: who comes back has to wait. Beyond it a debt is
// forgotten at once, for whoever has so many addresses has as many rates.
const maxDebtors = 4096

// spareDescriptors stay free, or a quarter of a small limit: for connections
// that move between loops and lanes (each has two for a moment), and for files.
// Files get half of them: peers that ask for many would else cut off everybody
// who has to move.
const spareDescriptors = 2048

func (r *room) init(l Limits, waits *atomic.Int64) {
	r.conns, r.perAddr, r.peers = l.MaxConns, l.MaxConnsPerAddr, map[netip.Addr]*peer{}
	r.rate, r.waits = l.MaxRatePerAddr, waits
	r.limit, r.fds, r.files = math.MaxInt, math.MaxInt-spareDescriptors, math.MaxInt
	var lim unix.Rlimit
	// Go has raised the soft limit to the hard one when the process started.
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) == nil && lim.Cur < 1<<30 {
		r.limit = int(lim.Cur)
		spare := min(spareDescriptors, r.limit/4)
		r.fds, r.files = r.limit-spare, r.limit-spare/2
	}
}

func (r *room) noDescriptors() string { return r.tooFew(r.fds) }

func (r *room) tooFew(from int) string {
	return fmt.Sprintf("too few descriptors: limit %d, of which %d are kept free", r.limit, r.limit-from)
}

// openFile takes a place for a file, beside so many connections; false: there is
// none. Not by the number that its descriptor would get, as with connections:
// those that have moved have left low ones.
func (r *room) openFile(conns int64) bool {
	if r.open.Add(1)+conns > int64(r.files-r.base) {
		r.open.Add(-1)
		return false
	}
	return true
}

// closeFile gives it back.
func (r *room) closeFile() { r.open.Add(-1) }

// nextDescriptor returns the number that gnet's duplicate of a connection will
// have, or a great one if it cannot have any. New descriptors have the lowest
// free number, so it tells how near their limit is, whoever in the process
// holds the others. It is not enough: a burst has two for each connection for a
// moment, and leaves holes below its own.
func nextDescriptor(nc net.Conn) int {
	next := math.MaxInt
	_ = control(nc, func(fd int) {
		if dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			unix.Close(dup)
			next = dup
		}
	})
	return next
}

// coming is how many connections may be on their way to a loop.
func (r *room) coming() int { return min(comingMax, max(1, (r.limit-r.fds)/4)) }

// returning is how many may be on their way back to one.
func (r *room) returning() int { return min(comingMax, max(1, (r.limit-r.files)/4)) }

// enter takes a place for a connection from addr, one of conns already, or
// returns why there is none.
func (r *room) enter(fd, conns int, addr netip.Addr) (*peer, refusal, string) {
	switch {
	case r.conns > 0 && conns > r.conns:
		return nil, refusedConns, fmt.Sprintf("too many connections: limit %d", r.conns)
	case fd >= r.fds || conns+int(r.open.Load()) > r.fds-r.base:
		return nil, refusedDescriptors, r.noDescriptors()
	case r.perAddr == 0 && r.rate == 0 || !addr.IsValid(): // a unix socket has no address to tell one peer from another
		return nil, 0, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[addr]
	if p == nil {
		p = &peer{addr: addr, rate: rate{limit: r.rate, waits: r.waits}}
		r.peers[addr] = p
	}
	if r.perAddr > 0 && p.rate.conns.Load() == int64(r.perAddr) {
		return nil, refusedAddr, fmt.Sprintf("too many connections from %s: limit %d", r.name(addr), r.perAddr)
	}
	p.rate.conns.Add(1)
	return p, 0, ""
}

// leave gives the place back.
func (r *room) leave(p *peer) {
	if p == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.rate.conns.Add(-1) == 0 && p.paid == nil {
		r.keep(p)
	}
}

// keep keeps a peer without a connection until its debt is paid and it may have
// as much at once as a new one, and forgets one that may already. Under r.mu.
func (r *room) keep(p *peer) {
	debt := p.rate.anew()
	if debt == 0 || r.debtors >= maxDebtors || r.closed {
		delete(r.peers, p.addr)
		return
	}
	r.debtors++
	p.paid = time.AfterFunc(debt, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.debtors--
		if p.paid = nil; p.rate.conns.Load() == 0 { // it may have come back, and be in debt again
			r.keep(p)
		}
	})
}

// close forgets all debts.
func (r *room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, p := range r.peers {
		if p.paid != nil {
			p.paid.Stop()
		}
	}
}

// wholePrefix is how many bits of an IPv6 address tell peers apart: who has one
// address of a network of that size usually has them all.
const wholePrefix = 64

// peerAddr returns what tells the peer of a connection from others.
func peerAddr(nc net.Conn) netip.Addr {
	tcp, ok := nc.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	addr := tcp.AddrPort().Addr().Unmap()
	if addr.Is6() && !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
		p, _ := addr.Prefix(wholePrefix)
		addr = p.Addr()
	}
	return addr
}

func (r *room) name(addr netip.Addr) string {
	if addr.Is6() && !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
		return fmt.Sprintf("%s/%d", addr, wholePrefix)
	}
	return addr.String()
}
