package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// udpListener is one UDP address. It has nothing of gnet, which reads a
// datagram a system call and is slower here than the standard library. A loop
// answers datagrams; what takes time is a goroutine of its own:
//
//	udpLoop -> udpPackets reads a batch -> udpHandler for each -> one write of all answers
//	                                                |
//	                                     udpTransfers -> file, stream: a goroutine each
type udpListener struct {
	srv     *Server
	network string
	name    string // of the handler
	handler udpHandler
	conns   []*net.UDPConn
	loops   []*udpLoop
	running sync.WaitGroup
}

// udpService is what the UDP listeners of a server share.
type udpService struct {
	UDP
	secret    [32]byte
	ports     []uint16 // of all UDP listeners of the server
	budget    *udpBudget
	transfers udpTransfers
}

func newUDPService(u UDP) (*udpService, error) {
	u, err := u.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &udpService{UDP: u, secret: newSecret(), budget: newUDPBudget(u.AddressRate)}
	s.transfers.service = s
	s.transfers.running = map[netip.AddrPort]map[udpRun]*udpTransfer{}
	s.transfers.of = map[netip.Addr]int{}
	return s, nil
}

// isOurs tells whether a UDP listener of this server has that port; by default
// those of other servers have the same.
func (s *udpService) isOurs(port uint16) bool { return slices.Contains(s.ports, port) }

// IsUDP tells whether the listener is for datagrams.
func (l Listener) IsUDP() bool { return strings.HasPrefix(l.Network, "udp") }

// newUDPListener binds the address. Nothing is served before start.
func newUDPListener(s *Server, cfg Listener, loops int) (*udpListener, error) {
	l := &udpListener{srv: s, network: cfg.Network, name: cfg.Handler}
	if l.name == "" {
		l.name = "command"
	}
	fail := func(err error) (*udpListener, error) {
		if op := (*net.OpError)(nil); errors.As(err, &op) {
			err = op.Err // the rest says again what it was about
		}
		return nil, fmt.Errorf("server: listen %s %s: %w", cfg.Network, cfg.Address, err)
	}
	if cfg.Framing != "" {
		return fail(fmt.Errorf("framing %q: a datagram is a message, without framing", cfg.Framing))
	}
	if l.handler = udpHandlers[l.name]; l.handler == nil {
		return fail(fmt.Errorf("unknown handler %.64q: over UDP the handlers are %s", l.name, strings.Join(UDPHandlers(), ", ")))
	}
	var err error
	if l.conns, err = openUDP(context.Background(), cfg.Network, cfg.Address, loops); err != nil {
		return fail(err)
	}
	for _, c := range l.conns {
		p, err := newUDPLoop(l, c)
		if err != nil {
			closeAll(l.conns)
			return fail(err)
		}
		l.loops = append(l.loops, p)
	}
	s.udp.ports = append(s.udp.ports, l.conns[0].LocalAddr().(*net.UDPAddr).AddrPort().Port())
	return l, nil
}

// start serves.
func (l *udpListener) start(int, gnetLogger) error {
	for _, p := range l.loops {
		l.running.Go(p.run)
	}
	return nil
}

// UDPHandlers returns the names of the handlers that a UDP listener can have,
// sorted.
func UDPHandlers() []string { return slices.Sorted(maps.Keys(udpHandlers)) }

func (l *udpListener) local() net.Addr { return l.conns[0].LocalAddr() }

// stop returns when no loop runs. Transfers must have ended.
func (l *udpListener) stop() {
	closeAll(l.conns)
	l.running.Wait()
}

func closeAll(conns []*net.UDPConn) {
	for _, c := range conns {
		c.Close()
	}
}

// String is the line that serve prints.
func (l *udpListener) String() string {
	return fmt.Sprintf("%s %s handler=%s", l.network, l.local(), l.name)
}
