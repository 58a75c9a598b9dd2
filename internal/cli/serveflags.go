package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/internal/units"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/admin"
)

// defaultListen are the ports of the older tools.
var defaultListen = []string{"tcp://127.0.0.1:8120", "udp://127.0.0.1:8121"}

// serveFlags are the flags of serve, and the defaults of its help.
type serveFlags struct {
	listen      []string
	listening   bool // --listen was given
	classic     bool
	classicHost string
	classicPort map[string]int
	affinity    string
	loops       int
	maxFrame    units.Size
	maxTransfer units.Size
	maxHeld     units.Size
	maxConns    int
	root        string
	maxPerAddr  int
	maxRate     units.Size
	addrRate    units.Size
	handshake   units.Duration
	idle        units.Duration
	stall       units.Duration
	drain       units.Duration
	udpTrust    []string
	udpRate     units.Rate
	udpAddrRate units.Rate
	logFormat   string
	logLevel    string
	quiet       bool
	oneOff      bool
	admin       admin.Config
}

const defaultClassicHost = "127.0.0.1"

func newServe(e *env) *cobra.Command {
	f := serveFlags{maxTransfer: 1 << 40, handshake: units.Duration(10 * time.Second), stall: units.Duration(2 * time.Minute), drain: units.Duration(10 * time.Second), udpRate: 64 << 20, udpAddrRate: 1e9}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve echo, ack, command, streams, records and generated files",
		Long: `Serve what the handlers below do until interrupted.

A listener with framing=auto (the default) takes sessions that open with a
preface, as loadframe load does. Whoever does not open so gets text framing
and the command handler: a number N is answered with file_prepared and N
bytes, stream-MS-N with N packets MS milliseconds apart, SYN with ACK!, time
with the time, quit closes, and anything else is echoed.

With any other framing there is no preface, and the handler is echo unless
another is named:

    loadframe serve --listen 'tcp://127.0.0.1:9000?framing=u32&handler=ack'

An address without tcp:// is TCP: 127.0.0.1:9000, [::1]:9000 and :9000 will do.

Handlers: ack (a receipt), advanced (the session of an older tool for files),
command, echo, generate (files of content that the client can check), record
(takes JSON records and prints them), sink (takes everything), stamp (echo
behind the time), stats (the server's counters as JSON), stream (packets in
time), time. NAME:once closes a connection after the first reply.

--classic listens as eight older tools do, each on its own port:

    ` + classicPorts() + `

A udp:// listener has no framing: a datagram is a message. Its handlers are
ack, command (the default), echo, sink, stamp and time. Before a peer has proved
its address it is sent at most three times what it sent; loopback and the
networks of --udp-trust need no proof.

With --root DIR the command handler also answers ls, chdir DIR and dl FILE,
below DIR and nowhere else. Each connection is logged unless --quiet.

One line a listener is printed on standard output when it listens. SIGINT,
SIGTERM or SIGHUP (unless ignored, as by nohup) lets running transfers go on for
--drain-timeout and ends; a second one ends at once.`,
		Example: `  loadframe serve --listen :8120
  loadframe serve --listen 'tcp://127.0.0.1:9000?framing=u32&handler=ack' --max-conns 1000
  loadframe serve --classic --log-format json`,
		Args: flagsAlone("listen"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.listening = cmd.Flags().Changed("listen")
			return serve(cmd.Context(), e, &f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.listen, "listen", defaultListen, "host:port or tcp://host:port?framing=SPEC&handler=NAME, unix:///path?mode=0660 or udp://host:port?handler=NAME, repeatable; port 0 is chosen by the system")
	fl.BoolVar(&f.classic, "classic", false, "open the services of the older tools, instead of the default --listen")
	fl.StringVar(&f.classicHost, "classic-host", defaultClassicHost, "where --classic listens")
	fl.StringToIntVar(&f.classicPort, "classic-port", nil, "NAME=PORT,... moves services of --classic; port 0 is chosen by the system")
	fl.StringVarP(&f.affinity, "affinity", "A", "", "processors that the server keeps to, as 0 or 0-3 (Linux)")
	fl.IntVar(&f.loops, "loops", 0, "event loops; 0: one a core")
	fl.Var(&f.maxFrame, "max-frame", "greatest payload of a frame that comes in; 0: what the framing says, else 16 MiB")
	fl.Var(&f.maxTransfer, "max-transfer", "greatest generated file")
	fl.Var(&f.maxHeld, "max-held", "greatest number of bytes of frames that are not complete, of all connections together; 0: a quarter of the memory")
	fl.IntVar(&f.maxConns, "max-conns", 0, "greatest number of connections; 0: as many as descriptors allow")
	fl.StringVar(&f.root, "root", "", "directory whose files ls, chdir and dl serve to anybody who can connect")
	fl.IntVar(&f.maxPerAddr, "max-conns-per-addr", 0, "greatest number of connections of one address, or one /64 of IPv6; 0: no limit")
	fl.Var(&f.maxRate, "max-rate", "bytes a second that one connection may send, and be sent; 0: no limit")
	fl.Var(&f.addrRate, "max-rate-per-addr", "the same of all connections of one address together, or of one /64 of IPv6; 0: no limit")
	fl.Var(&f.handshake, "handshake-timeout", "what a preface gets, from its first byte on")
	fl.Var(&f.idle, "idle-timeout", "close a connection without a byte in either direction for so long; 0: never")
	fl.Var(&f.stall, "stall-timeout", "cut off a peer that takes nothing of what it is owed for so long")
	fl.Var(&f.drain, "drain-timeout", "what running transfers get when the server is told to end")
	fl.StringSliceVar(&f.udpTrust, "udp-trust", nil, "networks whose peers need not prove their address, as 10.0.0.0/8, repeatable")
	fl.Var(&f.udpRate, "udp-rate", "of a file over UDP whose request names no rate")
	fl.Var(&f.udpAddrRate, "udp-address-rate", "greatest rate over UDP to one address that is not trusted")
	fl.BoolVarP(&f.oneOff, "one-off", "1", false, "serve one connection, refuse others meanwhile, and end")
	fl.StringVar(&f.admin.Addr, "admin", "", "host:port for metrics, health and profiles over HTTP; none without")
	fl.BoolVar(&f.admin.Public, "admin-public", false, "let --admin be other than loopback")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "do not log connections")
	fl.StringVar(&f.logFormat, "log-format", "text", "of the log on standard error: text or json")
	fl.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// config turns the flags into what the server takes.
func (f *serveFlags) config(log *slog.Logger) (_ server.Config, err error) {
	c := server.Config{
		Loops:  f.loops,
		Logger: log,
		Root:   f.root,
		Alone:  os.Getenv("GOMAXPROCS") == "", // who sets it means it

		LogConns:  !f.quiet,
		OneClient: f.oneOff,
		Limits: server.Limits{
			MaxTransfer:     int64(f.maxTransfer),
			MaxHeld:         int64(f.maxHeld),
			MaxConns:        f.maxConns,
			MaxConnsPerAddr: f.maxPerAddr,
			MaxRate:         int64(f.maxRate),
			MaxRatePerAddr:  int64(f.addrRate),
			Handshake:       time.Duration(f.handshake),
			IdleTimeout:     time.Duration(f.idle),
			StallTimeout:    time.Duration(f.stall),
			DrainTimeout:    time.Duration(f.drain),
		},
	}
	const greatest = 1 << 30
	if f.maxFrame > greatest {
		return c, fmt.Errorf("--max-frame %d: the limit is %d bytes", f.maxFrame, greatest)
	}
	c.Limits.MaxFrame = int(f.maxFrame)
	if f.loops < 0 || f.loops > 256 {
		return c, fmt.Errorf("--loops %d: want 0 to 256", f.loops)
	}
	if f.maxConns < 0 {
		return c, fmt.Errorf("--max-conns %d: want 0 or more", f.maxConns)
	}
	if f.maxPerAddr < 0 {
		return c, fmt.Errorf("--max-conns-per-addr %d: want 0 or more", f.maxPerAddr)
	}
	if f.admin.Addr == "" && f.admin.Public {
		return c, errors.New("--admin-public: there is no --admin")
	}
	if f.admin.Addr != "" {
		if _, err := (admin.Config{Addr: f.admin.Addr, Public: true}).Check(); err != nil {
			return c, fmt.Errorf("--admin: %w", err)
		}
		if _, err := f.admin.Check(); err != nil {
			return c, fmt.Errorf("--admin: %w (--admin-public if that is meant)", err)
		}
	}
	if err := f.positive(); err != nil {
		return c, err
	}
	if c.UDP, err = f.udp(); err != nil {
		return c, err
	}
	if c.Listen, err = f.classicListeners(); err != nil {
		return c, err
	}
	if f.classic && !f.listening {
		return c, nil
	}
	for _, url := range f.listen {
		l, err := server.ParseListener(url)
		if err != nil {
			return c, err
		}
		known, name := server.Handlers(), strings.TrimSuffix(l.Handler, server.Once)
		if l.IsUDP() {
			known, name = server.UDPHandlers(), l.Handler
		}
		if name != "" && !slices.Contains(known, name) {
			return c, fmt.Errorf("--listen %s: unknown handler %q: the handlers are %s", url, l.Handler, strings.Join(known, ", "))
		}
		c.Listen = append(c.Listen, l)
	}
	return c, nil
}

// positive refuses the zeros that the server would read as its default.
func (f *serveFlags) positive() error {
	for _, d := range []struct {
		flag  string
		value units.Duration
	}{{"handshake-timeout", f.handshake}, {"stall-timeout", f.stall}, {"drain-timeout", f.drain}} {
		if d.value == 0 {
			return fmt.Errorf("--%s 0: want more than 0", d.flag)
		}
	}
	if f.maxTransfer == 0 {
		return errors.New("--max-transfer 0: want 1 byte or more")
	}
	return nil
}

func (f *serveFlags) udp() (server.UDP, error) {
	u := server.UDP{Rate: int64(f.udpRate) / 8, AddressRate: int64(f.udpAddrRate) / 8}
	for _, r := range []struct {
		flag  string
		value units.Rate
	}{{"udp-rate", f.udpRate}, {"udp-address-rate", f.udpAddrRate}} {
		if r.value < 8 {
			return u, fmt.Errorf("--%s %v: want at least a byte a second", r.flag, r.value)
		}
	}
	for _, cidr := range f.udpTrust {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return u, fmt.Errorf("--udp-trust %s: want a network as 10.0.0.0/8 or fd00::/8", cidr)
		}
		u.Trust = append(u.Trust, p.Masked())
	}
	return u, nil
}

func (f *serveFlags) classicListeners() ([]server.Listener, error) {
	if f.classic {
		return server.ClassicListeners(f.classicHost, f.classicPort)
	}
	if f.classicHost != defaultClassicHost || len(f.classicPort) > 0 {
		return nil, errors.New("--classic-host and --classic-port: want --classic with them")
	}
	return nil, nil
}

// classicPorts lists them for the help.
func classicPorts() string {
	var b strings.Builder
	for i, s := range server.Classic() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", s.Name, s.Port)
	}
	return b.String()
}
