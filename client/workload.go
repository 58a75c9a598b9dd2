package client

import (
	"cmp"
	"fmt"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// The workloads.
const (
	Pull   = "pull"   // the server generates a file, the client takes it: bulk down
	Push   = "push"   // the client generates, the server counts and checks what arrives: bulk up
	Duplex = "duplex" // pull and push at once, each on connections of its own
	Echo   = "echo"   // request-reply: the same bytes come back
	Ack    = "ack"    // request-reply: a receipt comes back
	Stamp  = "stamp"  // request-reply: the same bytes come back behind the server's time
	Stream = "stream" // the server sends packets in time
	Churn  = "churn"  // connect, ask one echo, close, again
	Idle   = "idle"   // ask one echo, then hold the connection
)

// workload is what the connections of a run do.
type workload struct {
	name    string
	handler string                            // of the server
	replies bool                              // messages are answered one by one: latency
	paced   bool                              // they can be due, and several be in flight
	bulk    bool                              // frames of a size that the server's limit may lower
	self    bool                              // it dials by itself
	stays   bool                              // a connection that has come to its bound is as new
	pair    bool                              // two connections where others have one
	resolve func(*Config, codec.Codec) error  // defaults and refusals of its own; Size is set after it
	open    func(*Config, int) opening        // of the session of connection i; nil: the handler alone
	prepare func(w *worker) (do func() error) // all memory of a connection; do runs to its bound
}

// opening is what a preface says beside the framing.
type opening struct {
	handler string // "": Config.Handler
	params  []preface.Param
}

var workloads = []workload{
	{name: Pull, handler: "generate", bulk: true, resolve: resolvePull, open: openPull, prepare: func(w *worker) func() error { return newPuller(w).drive }},
	{name: Push, handler: "sink", bulk: true, resolve: resolvePush, open: openPush, prepare: func(w *worker) func() error { return newPusher(w).drive }},
	{name: Duplex, bulk: true, pair: true, resolve: resolveDuplex, open: openDuplex, prepare: prepareDuplex},
	{name: Echo, handler: "echo", replies: true, paced: true, stays: true, resolve: resolveExchange, prepare: prepareExchange},
	{name: Ack, handler: "ack", replies: true, paced: true, stays: true, resolve: resolveExchange, open: openAck, prepare: prepareExchange},
	{name: Stamp, handler: "stamp", replies: true, paced: true, stays: true, resolve: resolveStamp, open: openStamp, prepare: prepareExchange},
	{name: Stream, handler: "stream", resolve: resolveStream, open: openStream, prepare: func(w *worker) func() error { return newStreamer(w).drive }},
	{name: Churn, handler: "echo:once", replies: true, paced: true, self: true, resolve: resolveChurn, prepare: func(w *worker) func() error { return newChurner(w).drive }},
	{name: Idle, handler: "echo", replies: true, resolve: resolveIdle, prepare: func(w *worker) func() error { return newIdler(w).drive }},
}

// Workloads returns the names of all workloads.
func Workloads() (names []string) {
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return names
}

func workloadOf(name string) (*workload, error) {
	for i := range workloads {
		if workloads[i].name == name {
			return &workloads[i], nil
		}
	}
	return nil, fmt.Errorf("unknown workload %q: the workloads are %v", name, Workloads())
}

// settle fills in the defaults of the workload, and refuses what it has not.
func (w *workload) settle(c *Config, cod codec.Codec) error {
	if !c.udp() {
		err := w.resolve(c, cod)
		c.Handler = cmp.Or(c.Handler, w.handler)
		return err
	}
	d, err := w.overUDP()
	if err != nil {
		return err
	}
	c.datagrams = d
	return d.resolve(c)
}

// way returns all memory of a connection, and what runs it to its bound.
func (w *workload) way(k *worker) func() error {
	if k.cfg.udp() {
		return k.cfg.datagrams.prepare(k)
	}
	return w.prepare(k)
}

// each returns how many connections there are for each of Config.Conns.
func (w *workload) each() int {
	if w.pair {
		return 2
	}
	return 1
}

// article puts one before the name of a workload.
func article(name string) string {
	if name == Echo || name == Ack || name == Idle {
		return "an " + name
	}
	return "a " + name
}

// notPaced refuses what only request-reply workloads have.
func notPaced(c *Config, what string) error {
	switch {
	case c.Depth > 1:
		return fmt.Errorf("depth %d: %s has one request in flight", c.Depth, article(what))
	case c.Batch > 1:
		return fmt.Errorf("batch %d: %s writes one request at a time", c.Batch, article(what))
	case c.Sizes != "":
		return fmt.Errorf("sizes %s: the messages of %s are all alike", c.Sizes, article(what))
	}
	return nil
}

func resolveExchange(c *Config, cod codec.Codec) error {
	if n, exact := exactSize(cod); exact {
		c.Size = cmp.Or(c.Size, n)
	}
	c.Size = cmp.Or(c.Size, defaultMessage)
	if c.Workload == Ack && !codec.Delimits(cod) {
		return fmt.Errorf("framing %s does not tell where a message ends: a receipt cannot be matched to one", cod)
	}
	if n, exact := exactSize(cod); exact && c.Workload == Ack && n != ackSize {
		return fmt.Errorf("framing %s: a receipt has %d bytes", cod, ackSize)
	}
	return nil
}

func prepareExchange(w *worker) func() error { return newExchanger(w).drive }
