package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/codec"
)

// Socket are options of every connection, set before it is made. The zero value
// is the system's defaults. What the system does not have is refused.
type Socket struct {
	Window     int      // SO_SNDBUF and SO_RCVBUF, bytes; the kernel may set more (Linux: twice as much) or less
	MSS        int      // TCP_MAXSEG, bytes
	Congestion string   // TCP_CONGESTION
	ToS        int      // IP_TOS or IPV6_TCLASS, 0 to 255; a DSCP is four times its number
	Bind       []string // source addresses or interfaces, in turn
	ZeroCopy   bool     // push from a file in memory (sendfile)
	SkipRxCopy bool     // pull without copying what arrives (MSG_TRUNC)
}

// The limits of options. Those of the MSS are Linux's, the only system where it
// can be set: TCP_MIN_MSS and MAX_TCP_WINDOW.
const (
	maxWindow = 1 << 30
	minMSS    = 88
	maxMSS    = 32767
)

// set tells whether any option of TCP or IP is asked for.
func (s *Socket) set() bool {
	return s.MSS > 0 || s.Congestion != "" || s.ToS > 0 || len(s.Bind) > 0
}

func (s *Socket) resolve(c *Config) error {
	if c.Nagle && !strings.HasPrefix(c.Network, "tcp") {
		return fmt.Errorf("no delay: Nagle's algorithm is TCP's, there is none over %s to leave on", c.Network)
	}
	switch {
	case s.Window < 0 || s.Window > maxWindow:
		return fmt.Errorf("window %d: want 1 to %d bytes", s.Window, maxWindow)
	case s.ToS < 0 || s.ToS > 255:
		return fmt.Errorf("ToS %d: want 0 to 255", s.ToS)
	case c.udp():
		return s.resolveUDP()
	}
	cod, err := codec.Parse(c.Framing)
	if err != nil {
		return err
	}
	raw := cod.String() == "raw" || strings.HasPrefix(cod.String(), "raw:")
	switch {
	case s.MSS != 0 && s.MSS < minMSS || s.MSS > maxMSS:
		return fmt.Errorf("MSS %d: want %d to %d bytes", s.MSS, minMSS, maxMSS)
	case c.Network == "unix" && s.set():
		return errors.New("a unix socket has no MSS, congestion control, ToS or source address")
	case s.ZeroCopy && (c.Workload != Push || !raw):
		return fmt.Errorf("zero copy: only push with framing raw sends a file as it is, not %s with %s", c.Workload, cod)
	case s.SkipRxCopy && (c.Workload != Pull || !raw):
		return fmt.Errorf("skipping the copy: only pull with framing raw does without looking at what arrives, not %s with %s", c.Workload, cod)
	case s.SkipRxCopy && c.Verify == VerifyFull:
		return errors.New("skipping the copy: what is not copied cannot be verified: want verification length or none, not full")
	case s.SkipRxCopy && c.Network == "unix":
		return errors.New("skipping the copy: a unix socket copies all the same, MSG_TRUNC is TCP's")
	case s.SkipRxCopy && !hasSkipRxCopy:
		return errors.New("skipping the copy: this system has no MSG_TRUNC for TCP")
	case s.ZeroCopy && !hasZeroCopy:
		return errors.New("zero copy: not on this system")
	}
	return nil
}

func (s *Socket) resolveUDP() error {
	switch {
	case s.MSS > 0 || s.Congestion != "":
		return errors.New("a UDP socket has no MSS and no congestion control")
	case s.ZeroCopy || s.SkipRxCopy:
		return errors.New("zero copy, skipping the copy: over TCP only")
	}
	return nil
}

// dialer returns what makes connection i.
func (s *Socket) dialer(c *Config, i int) (*net.Dialer, error) {
	d := &net.Dialer{Timeout: c.Timeout}
	device := ""
	if len(s.Bind) > 0 {
		source := s.Bind[i%len(s.Bind)]
		if ip, zone, _ := strings.Cut(source, "%"); net.ParseIP(ip) != nil {
			d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(ip), Zone: zone}
			if c.udp() {
				d.LocalAddr = &net.UDPAddr{IP: net.ParseIP(ip), Zone: zone}
			}
		} else if _, err := net.InterfaceByName(source); err == nil {
			device = source
		} else {
			return nil, fmt.Errorf("source %.64q: %w: neither an address nor an interface", source, errHere)
		}
	}
	if s.Window > 0 || s.set() {
		d.ControlContext = func(_ context.Context, network, _ string, rc syscall.RawConn) error {
			var serr error
			err := rc.Control(func(fd uintptr) { serr = s.apply(int(fd), strings.HasSuffix(network, "6"), device) })
			return errors.Join(err, serr)
		}
	}
	return d, nil
}

// numberOption is an option that has a number; 0 leaves it as it is.
type numberOption struct {
	what                 string
	level, option, value int
}

// numbers are the options of numbers that every system has.
func (s *Socket) numbers(v6 bool) []numberOption {
	level, tos := unix.IPPROTO_IP, unix.IP_TOS
	if v6 {
		level, tos = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	return []numberOption{
		{"send buffer", unix.SOL_SOCKET, unix.SO_SNDBUF, s.Window},
		{"receive buffer", unix.SOL_SOCKET, unix.SO_RCVBUF, s.Window},
		{"ToS", level, tos, s.ToS},
	}
}

func setNumbers(fd int, options []numberOption) error {
	for _, o := range options {
		if o.value == 0 {
			continue
		}
		if err := unix.SetsockoptInt(fd, o.level, o.option, o.value); err != nil {
			return fmt.Errorf("%s %d: %w", o.what, o.value, err)
		}
	}
	return nil
}
