package client

import (
	"cmp"
	"fmt"

	"github.com/loadframe/loadframe/codec"
)

// The workloads.
const (
	Pull = "pull" // the server generates a file, the client takes it: bulk down
	Echo = "echo" // request-reply: the same bytes come back
	Ack  = "ack"  // request-reply: a receipt comes back
)

// workload is what the connections of a run do.
type workload struct {
	name    string
	handler string                            // of the server
	replies bool                              // messages are answered one by one: latency, depth, schedules
	resolve func(*Config, codec.Codec) error  // defaults and refusals of its own; Size is set after it
	prepare func(w *worker) (do func() error) // all memory of a connection; do runs to its bound
}

var workloads = []workload{
	{Pull, "generate", false, resolvePull, func(w *worker) func() error { return newPuller(w).drive }},
	{Echo, "echo", true, resolveExchange, func(w *worker) func() error { return newExchanger(w).drive }},
	{Ack, "ack", true, resolveExchange, func(w *worker) func() error { return newExchanger(w).drive }},
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

func resolvePull(c *Config, cod codec.Codec) error {
	delimits := codec.Delimits(cod)
	if !delimits {
		c.Size = cmp.Or(c.Size, defaultRead)
	}
	c.Size = cmp.Or(c.Size, min(defaultFrame, codec.Max(cod)))
	switch {
	case c.Depth > 1:
		return fmt.Errorf("depth %d: a pull has one request in flight", c.Depth)
	case c.Arrival != "":
		return fmt.Errorf("arrival %s: a pull is paced by its server", c.Arrival)
	case c.Batch > 1:
		return fmt.Errorf("batch %d: a pull writes one request at a time", c.Batch)
	case c.Sizes != "":
		return fmt.Errorf("sizes %s: the server cuts the frames of a pull, all alike", c.Sizes)
	case c.Payload != "":
		return fmt.Errorf("payload %s: the server generates the content of a pull", c.Payload)
	case c.Plain && c.Seed != 0:
		return fmt.Errorf("seed %d: without a preface the server cannot be told a seed", c.Seed)
	case c.Plain && delimits && !c.anySize:
		return fmt.Errorf("size %d: without a preface the server cannot be told a frame size", c.Size)
	}
	return nil
}

func resolveExchange(c *Config, cod codec.Codec) error {
	c.Size = cmp.Or(c.Size, defaultMessage)
	if c.Workload == Ack && !codec.Delimits(cod) {
		return fmt.Errorf("framing %s does not tell where a message ends: a receipt cannot be matched to one", cod)
	}
	return nil
}
