package server

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// Config says what a server listens to and where its limits are. The zero
// value listens to nothing; every other zero field has the default named with
// it.
type Config struct {
	Listen []Listener
	Loops  int // event loops, for all listeners together; 0: GOMAXPROCS
	Limits Limits
	UDP    UDP

	// Handlers are further handlers by name, for listeners and prefaces to ask
	// for. The function is called for each session, by its event loop.
	Handlers map[string]func() Handler

	// OnRecord is called for each record that the record handler takes, by one
	// goroutine, in the order of arrival; nil: records are counted only. While it
	// blocks up to 1024 records wait, then more are lost and counted as lost.
	OnRecord func(Record)

	// Root is a directory whose files the command handler lists and sends, to
	// anybody; "": none. Nothing outside it is reached.
	Root string

	// OneClient is to serve one connection: others are refused, and [Server.Served]
	// tells when it has gone.
	OneClient bool

	// Alone is that the process is there to serve and for nothing else: where there
	// is a loop for each of Go's processors, [Start] gives it one more (GOMAXPROCS).
	// That stays so, and Go no longer follows a change of the CPU limit.
	Alone bool

	Logger   *slog.Logger // nil: discard. Event loops call it: what writes it must not block
	LogConns bool         // log each connection: accepted, the first requests to command, closed
}

// Limits bound what peers can ask for. A zero field has its default; a
// negative one is refused by [Start].
type Limits struct {
	MaxFrame    int   // payload bytes of a frame in; 0: 16 MiB, or what the spec of a Listener names
	MaxTransfer int64 // bytes of one generated file; 0: 1 TiB. The command handler's own limit is lower: [CommandLimit]
	MaxHeld     int64 // bytes of frames that are not complete, of all connections together, in those that have over 64 KiB of it; 0: a quarter of the memory
	MaxConns    int   // connections at a time; 0: as many as descriptors allow
	// MaxConnsPerAddr is how many of them one address may have, or one /64 of
	// IPv6; 0: no limit. Unix sockets have no address.
	MaxConnsPerAddr int
	MaxRate         int64 // wire bytes per second of one connection, in either direction; 0: no limit
	// MaxRatePerAddr is the same of all connections of one address together, or
	// of one /64 of IPv6: each has an equal share of what it can use. Over UDP it
	// is [UDP].AddressRate.
	MaxRatePerAddr int64
	Handshake      time.Duration // for a preface, from its first byte on; 0: 10 seconds
	IdleTimeout    time.Duration // a connection without a byte in either direction for so long, to which nothing is owed, is closed; 0: no limit
	StallTimeout   time.Duration // a peer that takes not one byte of what it is owed for so long is cut off; 0: 2 minutes
	DrainTimeout   time.Duration // what transfers in flight get when the server stops; 0: 10 seconds
}

const (
	defaultMaxTransfer  = 1 << 40
	maxTransferLimit    = 1 << 56 // so that offsets on the wire stay within int64 in any framing
	defaultHandshake    = 10 * time.Second
	defaultStallTimeout = 2 * time.Minute
	defaultDrainTimeout = 10 * time.Second
)

func (l Limits) withDefaults() (Limits, error) {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"frame limit", int64(l.MaxFrame)}, {"transfer limit", l.MaxTransfer}, {"limit of held bytes", l.MaxHeld}, {"connection limit", int64(l.MaxConns)},
		{"limit of connections per address", int64(l.MaxConnsPerAddr)}, {"rate limit", l.MaxRate}, {"rate limit per address", l.MaxRatePerAddr}, {"idle timeout", int64(l.IdleTimeout)},
		{"handshake timeout", int64(l.Handshake)}, {"stall timeout", int64(l.StallTimeout)}, {"drain timeout", int64(l.DrainTimeout)},
	} {
		if f.value < 0 {
			return l, fmt.Errorf("server: %s %d is negative", f.name, f.value)
		}
	}
	if l.MaxTransfer > maxTransferLimit {
		return l, fmt.Errorf("server: transfer limit %d is over %d", l.MaxTransfer, int64(maxTransferLimit))
	}
	l.MaxTransfer = cmp.Or(l.MaxTransfer, defaultMaxTransfer)
	l.MaxHeld = cmp.Or(l.MaxHeld, heldLimit())
	l.Handshake = cmp.Or(l.Handshake, defaultHandshake)
	l.StallTimeout = cmp.Or(l.StallTimeout, defaultStallTimeout)
	l.DrainTimeout = cmp.Or(l.DrainTimeout, defaultDrainTimeout)
	return l, nil
}

// Auto is the framing of a listener whose sessions open with a preface, and
// speak text to the command handler if they do not.
const Auto = "auto"

// Listener is one address with what it serves.
type Listener struct {
	Network string      // "tcp", "tcp4", "tcp6", "unix", "udp", "udp4" or "udp6"
	Address string      // host:port; port 0 is chosen by the system. Of unix, the path of the socket
	Mode    fs.FileMode // of a unix socket's file; 0: what the umask leaves
	Framing string      // [Auto] (or "") or what codec.Parse accepts; of UDP ""
	Handler string      // "" is command for auto, text and UDP, echo for any other framing
}

// ParseListener reads tcp://host:port?framing=SPEC&handler=NAME,
// unix:///path with the same keys and mode=0660, or udp://host:port?handler=NAME.
// Without a scheme, as host:port?keys, it is TCP. Whether there is such a handler is for the server
// to say.
func ParseListener(s string) (Listener, error) {
	var l Listener
	u, err := url.Parse(withScheme(s))
	if e := (*url.Error)(nil); errors.As(err, &e) {
		err = e.Err // the rest says again what it was about
	}
	if err != nil {
		return l, fmt.Errorf("server: listen address %q: %w", s, err)
	}
	switch u.Scheme {
	case "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6":
		l.Address, err = tcpAddress(u, s)
	case "unix":
		l.Address, err = unixAddress(u, s)
	case "":
		err = fmt.Errorf("server: listen address %q: want host:port, tcp://host:port, udp://host:port or unix:///path", s)
	default:
		err = fmt.Errorf("server: listen address %q: transport %q is not served here, only tcp, tcp4, tcp6, unix, udp, udp4, udp6", s, u.Scheme)
	}
	if err != nil {
		return l, err
	}
	l.Network = u.Scheme
	err = l.parseKeys(u.RawQuery, s)
	if err == nil && l.IsUDP() && l.Framing != "" {
		err = fmt.Errorf("server: listen address %q: framing %s: a datagram is a message, without framing", s, l.Framing)
	} else if err == nil && !l.IsUDP() {
		if _, _, err = l.resolve(new(framings)); err != nil {
			err = fmt.Errorf("server: listen address %q: %w", s, err)
		}
	}
	return l, err
}

// withScheme makes a URL of host:port?keys too, in which a zone stands as it is.
func withScheme(s string) string {
	address, keys, _ := strings.Cut(s, "?")
	if strings.Contains(address, "://") || strings.HasPrefix(address, "unix:") || !strings.Contains(address, ":") {
		return s
	}
	return "tcp://" + strings.ReplaceAll(address, "%", "%25") + "?" + keys
}

func tcpAddress(u *url.URL, s string) (string, error) {
	if u.Port() == "" || u.Path != "" && u.Path != "/" || u.User != nil || u.Fragment != "" {
		return "", fmt.Errorf("server: listen address %q: want %s://host:port?framing=SPEC&handler=NAME", s, u.Scheme)
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil {
		return "", fmt.Errorf("server: listen address %q: port %s: want 0 to 65535", s, u.Port())
	} else if _, _, err := net.SplitHostPort(u.Host); err != nil || port == 0 && u.Port() != "0" {
		return "", fmt.Errorf("server: listen address %q: want %s://host:port", s, u.Scheme)
	}
	return u.Host, nil
}

func unixAddress(u *url.URL, s string) (string, error) {
	if u.Host != "" || len(u.Path) < 2 || u.User != nil || u.Fragment != "" || strings.ContainsRune(u.Path, 0) {
		return "", fmt.Errorf("server: listen address %q: want unix:///path?framing=SPEC&handler=NAME&mode=0660", s)
	}
	return u.Path, nil
}

// parseKeys reads what follows the question mark of the address s.
func (l *Listener) parseKeys(query, s string) error {
	given := map[string]bool{}
	// Not u.Query: it reads "+" as a blank, and X+crc32c is a framing.
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if err != nil {
			return fmt.Errorf("server: listen address %q: %v", s, err)
		}
		if given[key] { // one of them would be served, and nobody told which
			return fmt.Errorf("server: listen address %q: %s is given twice", s, key)
		}
		given[key] = true
		switch {
		case key == "framing":
			l.Framing = value
		case key == "handler":
			l.Handler = value
		case key == "mode" && l.Network == "unix":
			mode, err := strconv.ParseUint(value, 8, 32)
			if err != nil || mode == 0 || mode > 0o777 {
				return fmt.Errorf("server: listen address %q: mode=%s: want an octal number from 1 to 777", s, value)
			}
			l.Mode = fs.FileMode(mode)
		case l.Network == "unix":
			return fmt.Errorf("server: listen address %q: unknown key %q: the keys are framing, handler, mode", s, key)
		default:
			return fmt.Errorf("server: listen address %q: unknown key %q: the keys are framing, handler", s, key)
		}
	}
	return nil
}

// resolve returns the framing of connections that open without a preface, and
// the name of their handler.
func (l Listener) resolve(f *framings) (codec.Codec, string, error) {
	handler := l.Handler
	spec := cmp.Or(l.Framing, handlerFraming[handler], Auto)
	if spec == Auto {
		spec = "text"
	}
	if handler == "" {
		if handler = "echo"; spec == "text" {
			handler = "command"
		}
	}
	c, err := f.get(spec)
	return c, handler, err
}

func (c Config) loops() int {
	if c.Loops > 0 {
		return c.Loops
	}
	return runtime.GOMAXPROCS(0) // not NumCPU, which gnet takes: a container may have fewer
}
