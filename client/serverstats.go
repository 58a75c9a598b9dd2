package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// ServerCost is what the server has used between the beginning of the measuring
// and its end, by its own account: all that it did, for whomever.
type ServerCost struct {
	CPU                            time.Duration
	Reads, Writes                  int64
	Conns                          int64 // open at the end, less those before the run
	Heap, Stack, RSS               int64 // bytes at the end, less those before the run had connections
	PerConn, RSSPerConn            int64 // Heap+Stack and RSS for each of Conns; 0: none
	Accepted, LaneMoves, BadFrames int64
}

// serverStats is what a server's stats handler says.
type serverStats struct {
	Schema     string           `json:"schema"`
	Counters   map[string]int64 `json:"counters"`
	CPUUserS   float64          `json:"cpu_user_s"`
	CPUSystemS float64          `json:"cpu_system_s"`
	Heap       int64            `json:"heap_bytes"`
	Stack      int64            `json:"stack_bytes"`
	RSS        int64            `json:"rss_bytes"`
	Instances  []ServerView     `json:"instances"`
}

// aboutServer asks a server about itself, on a connection that it keeps for
// it. A nil one asks nobody, and neither does one that got no answer once: what
// a server costs is worth knowing, not worth failing for.
type aboutServer struct {
	s             session
	cfg           *Config
	idle          serverStats // before the run had connections
	first, last   serverStats
	asked, broken bool
}

// statsPatience is how long an answer is waited for.
const statsPatience = 2 * time.Second

var statsFraming = codec.Length{Width: 4}

// askServer opens the connection, if it is to be had.
func askServer(ctx context.Context, c *Config) *aboutServer {
	if !c.ServerStats || c.Plain {
		return nil
	}
	o := *c
	o.Instance = ""
	o.Handler, o.Timeout = "stats", min(c.Timeout, statsPatience)
	o.workload, o.datagrams = &workload{}, datagrams{}
	o.sizes = constantSize(1)
	if c.udp() {
		o.sizes = constantSize(reportMost)
	}
	s, err := dial(ctx, &o, statsFraming, 0)
	if err != nil {
		return nil // if it matters, the run itself says what is wrong
	}
	a := &aboutServer{s: s, cfg: &o}
	a.idle = a.ask()
	return a
}

func (a *aboutServer) close() {
	if a != nil {
		a.s.nc.Close()
	}
}

func (a *aboutServer) begin() {
	if a != nil {
		a.first, a.asked = a.ask(), true
	}
}

// end returns what has been used since begin.
func (a *aboutServer) end() *ServerCost {
	if a == nil || !a.asked {
		return nil
	}
	if a.last.Schema == "" {
		a.hold()
	}
	if a.broken {
		return nil
	}
	b, e := &a.first, &a.last
	n := func(name string) int64 { return e.Counters[name] - b.Counters[name] }
	reads, writes := "reads", "writes"
	if a.s.udp != nil {
		reads, writes = "datagram_reads", "datagram_writes"
	}
	c := &ServerCost{
		CPU:   time.Duration((e.CPUUserS + e.CPUSystemS - b.CPUUserS - b.CPUSystemS) * 1e9),
		Reads: max(0, n(reads)-1), Writes: max(0, n(writes)-1), // one is this question
		Conns: e.Counters["conns"] - a.idle.Counters["conns"],
		Heap:  e.Heap - a.idle.Heap, Stack: e.Stack - a.idle.Stack, RSS: e.RSS - a.idle.RSS,
		Accepted: n("accepted"), LaneMoves: n("lane_moves"), BadFrames: n("bad_frames"),
	}
	if c.Conns > 0 {
		c.PerConn, c.RSSPerConn = (c.Heap+c.Stack)/c.Conns, c.RSS/c.Conns
	}
	return c
}

// hold takes the reading of the end, while the connections are still there.
func (a *aboutServer) hold() {
	if a != nil {
		a.last = a.ask()
	}
}

func (a *aboutServer) ask() (st serverStats) {
	if a.broken {
		return st
	}
	if a.s.udp != nil {
		st, err := a.s.statsUDP(a.cfg)
		a.broken = err != nil || st.Schema != "loadframe.stats/1"
		return st
	}
	var head [4]byte
	err := a.s.nc.SetDeadline(time.Now().Add(statsPatience))
	if err == nil {
		_, err = a.s.nc.Write([]byte{0, 0, 0, 1, '?'})
	}
	if err == nil {
		_, err = io.ReadFull(a.s.nc, head[:])
	}
	n := int(head[0])<<24 | int(head[1])<<16 | int(head[2])<<8 | int(head[3])
	if err == nil && n > reportMost {
		err = fmt.Errorf("client: a report of %d bytes", n)
	}
	if err == nil {
		b := make([]byte, n)
		if _, err = io.ReadFull(a.s.nc, b); err == nil {
			err = json.Unmarshal(b, &st)
		}
	}
	a.broken = err != nil || st.Schema != "loadframe.stats/1"
	return st
}
