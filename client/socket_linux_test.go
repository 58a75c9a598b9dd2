package client

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Options are on the sockets that the server sees, and the result tells what the
// kernel made of them.
func TestSocketOptions(t *testing.T) {
	sources := map[string]int{}
	s := servertest.Start(t, server.Config{})
	c := Config{Workload: Pull, Addr: s.Addr, Framing: "raw", Bytes: 4_000_000, Conns: 4, Verify: VerifyNone, PerConn: true, Socket: Socket{
		Window: 64 << 10, ToS: 46 << 2, Congestion: "reno", MSS: 1000, Bind: []string{"127.0.0.2", "127.0.0.3"}, SkipRxCopy: true,
	}}
	res, err := Run(context.Background(), c, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	for _, conn := range res.Conns {
		sources[conn.Local.(*net.TCPAddr).IP.String()]++
		if conn.Totals.Payload != 1_000_000 || conn.Up {
			t.Errorf("connection %d: %+v", conn.ID, conn)
		}
	}
	if sources["127.0.0.2"] != 2 || sources["127.0.0.3"] != 2 {
		t.Errorf("sources %v", sources)
	}
	i := res.TCP
	if i == nil || i.Connections != 4 || i.Congestion != "reno" || i.ToS != 46<<2 || i.SendBuffer != 128<<10 || i.ReceiveBuffer != 128<<10 || i.MSS > 1000 || i.MinRTT == 0 {
		t.Errorf("the kernel says %+v", i)
	}
	if res.Payload != 4_000_000 {
		t.Errorf("%d bytes", res.Payload)
	}
}

func TestZeroCopyIsTheSameContent(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const n = 20_000_003
	res, err := Run(context.Background(), Config{Workload: Push, Addr: s.Addr, Framing: "raw", Bytes: n, Seed: 7, Conns: 2, Socket: Socket{ZeroCopy: true}}, Observer{})
	if err != nil || res.Payload != n || res.VerifyErrors != 0 {
		t.Errorf("%d bytes, %d verify errors, %v", res.Payload, res.VerifyErrors, err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, c := range map[string]Config{
		"ToS 256":                 {Workload: Echo, Socket: Socket{ToS: 256}},
		"MSS 87: want 88":         {Workload: Echo, Socket: Socket{MSS: 87}},
		"MSS 32768: want 88":      {Workload: Echo, Socket: Socket{MSS: 32768}},
		"MSS -1":                  {Workload: Echo, Socket: Socket{MSS: -1}},
		"window -1":               {Workload: Echo, Socket: Socket{Window: -1}},
		"no MSS":                  {Workload: Echo, Network: "unix", Addr: "/x", Socket: Socket{ToS: 4}},
		"cannot be verified":      {Workload: Pull, Framing: "raw", Socket: Socket{SkipRxCopy: true}},
		"copies all the same":     {Workload: Pull, Network: "unix", Framing: "raw", Socket: Socket{SkipRxCopy: true}, Verify: VerifyNone},
		"only pull":               {Workload: Pull, Socket: Socket{SkipRxCopy: true}, Verify: VerifyNone},
		"only push":               {Workload: Pull, Framing: "raw", Socket: Socket{ZeroCopy: true}},
		"does not report":         {Workload: Push, Plain: true, Verify: VerifyFull},
		"run pull and push":       {Workload: Duplex, Plain: true},
		"bounded by time":         {Workload: Idle, Messages: 1},
		"an idle has no":          {Workload: Idle, Arrival: "100"},
		"evenly spaced":           {Workload: Stream, Arrival: "poisson:100"},
		"packets of a stream":     {Workload: Stream, Size: 8},
		"22 bytes longer":         {Workload: Stamp, Framing: "u8", Size: 250},
		"one message a direction": {Workload: Stream, Framing: "eof"},
		"carries one a connect":   {Workload: Echo, Framing: "eof", Messages: 2},
	} {
		if _, _, err := c.Resolve(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", c.Workload, err, want)
		}
	}
	s := servertest.Start(t, server.Config{})
	for want, o := range map[string]Socket{`"bogus": not on this machine: the kernel has `: {Congestion: "bogus"}, "neither an address": {Bind: []string{"nowhere"}}} {
		res, err := Run(context.Background(), Config{Workload: Echo, Addr: s.Addr, Messages: 1, Socket: o}, Observer{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
		if res.Faults[FaultOther] != 1 {
			t.Errorf("%+v: %v, want one of this machine", o, res.Faults)
		}
	}
	for _, mss := range []int{minMSS, maxMSS} {
		if _, err := Run(context.Background(), Config{Workload: Echo, Addr: s.Addr, Messages: 1, Socket: Socket{MSS: mss}}, Observer{}); err != nil {
			t.Errorf("MSS %d: %v", mss, err)
		}
	}
}

// What is asked about the server is what it did. A datagram is counted when the
// call that sends it has returned: one whose thread was taken from it there is not
// yet, though its bytes are here. Such a run is taken again; over TCP it is exact.
func TestServerTells(t *testing.T) {
	const requests = 500
	s := servertest.Start(t, server.Config{})
	tell := func(c Config, reads, writes int64) error {
		t.Helper()
		c.Messages, c.ServerStats = requests, true
		res, err := Run(context.Background(), c, Observer{})
		if err != nil || res.Server == nil {
			t.Fatal(res.Server, err)
		}
		if u := res.Server; u.Reads < reads || u.Writes < writes-1 || u.CPU < 0 {
			t.Errorf("%s: %+v, of %d requests", c.Network, u, requests)
		} else if u.Writes < writes {
			return fmt.Errorf("%s: %d of %d writes are counted", c.Network, u.Writes, writes)
		} else if c.Network == "" && (u.Reads != reads || u.Writes != writes) {
			t.Errorf("%+v, of %d requests", u, requests)
		}
		return nil
	}
	for range 5 {
		if err := tell(Config{Workload: Echo, Addr: s.Addr}, requests, requests); err != nil {
			t.Error(err)
		}
		for s.Stats().Conns > 0 {
			time.Sleep(time.Millisecond) // polls a state: else those of this run would be taken for others'
		}
	}
	tryAgain(t, func() error {
		return tell(Config{Workload: Echo, Network: "udp", Addr: udpServer(t, "command")}, requests, requests)
	})
	tryAgain(t, func() error {
		return tell(Config{Workload: Push, Arrival: "5000", Network: "udp", Addr: udpServer(t, "sink")}, 1, 1)
	})
	// A UDP listener that serves nothing but echoes does not tell, which is no error.
	c := Config{Workload: Echo, Network: "udp", Addr: udpServer(t, "echo"), Messages: requests, ServerStats: true}
	res, err := Run(context.Background(), c, Observer{})
	if err != nil || res.Server != nil {
		t.Errorf("echo: %+v, %v", res.Server, err)
	}
	res, err = Run(context.Background(), Config{Workload: Idle, Addr: s.Addr, Conns: 100, Duration: 500 * time.Millisecond, ServerStats: true}, Observer{})
	if err != nil || res.Server == nil || res.Server.Conns != 100 {
		t.Errorf("%+v, %v: want 100 connections held", res.Server, err)
	}
}
