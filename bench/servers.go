package bench

import (
	"errors"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// servers are the far ends of an experiment: one server for all framings, since
// a session names its own, and the bare echo. Each has a process of its own, as
// the client has. In one process a goroutine that echoes gets a message on the
// thread that has just sent it, because Go's scheduler finds its connection
// readable and runs it there, while a loop sleeps in epoll_wait on a thread of
// its own that the kernel has to wake: that is a difference of the test, and not
// of the servers.
type servers struct {
	addr string
	ours *process // nil: somebody else's
	bare *process // nil with it
}

// startServers starts them on loopback, by a command as in Config.Server, or
// none where there is an address.
func startServers(command []string, addr string, cs []report.Contender) (*servers, error) {
	if addr != "" {
		return &servers{addr: addr}, nil
	}
	most := codec.DefaultMax // nobody else is there to be protected from
	for _, c := range cs {
		cod, err := codec.Parse(c.Framing)
		if err != nil {
			return nil, err
		}
		most = max(most, codec.Max(cod))
	}
	ours, err := startProcess(command, serveLoadframe, most)
	if err != nil {
		return nil, err
	}
	bare, err := startProcess(command, serveBareEcho, most)
	if err != nil {
		return nil, errors.Join(err, ours.stop())
	}
	return &servers{addr: ours.addr, ours: ours, bare: bare}, nil
}

func (s *servers) stop() error {
	if s.ours == nil {
		return nil
	}
	return errors.Join(s.ours.stop(), s.bare.stop())
}

// of returns the process of a contender's server, nil if it is none of ours.
func (s *servers) of(c report.Contender) *process {
	if c.Floor == floorLoop {
		return s.bare
	}
	return s.ours
}

// addrFor returns where a contender's server listens.
func (s *servers) addrFor(c report.Contender) string {
	if p := s.of(c); p != nil {
		return p.addr
	}
	return s.addr
}

// serverCost is what a server spent on one message.
type serverCost struct {
	reads, writes float64
	cpuNs         float64 // 0: its system does not tell
	allocs        float64 // objects; of a server of ours alone
}

// costOf returns the cost of a run, nil if nobody tells: of a server of ours
// between two readings, before the first message and after the last reply, since
// only then do both ends stand still; the warm-up is in it. Of another it is what
// that told of the measuring.
func costOf(before, after *used, whole client.Counts, r *client.Result) *serverCost {
	switch {
	case before != nil && whole.Messages > 0:
		n := float64(whole.Messages)
		return &serverCost{float64(after.Reads-before.Reads) / n, float64(after.Writes-before.Writes) / n, float64(after.CPU-before.CPU) / n, float64(after.Allocs-before.Allocs) / n}
	case r.Server != nil:
		n := float64(r.Messages)
		return &serverCost{float64(r.Server.Reads) / n, float64(r.Server.Writes) / n, float64(r.Server.CPU) / n, 0}
	}
	return nil
}
