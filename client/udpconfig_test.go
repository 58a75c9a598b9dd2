package client

import (
	"math"
	"net"
	"strings"
	"testing"
	"time"
)

func TestUDPRefusals(t *testing.T) {
	for want, c := range map[string]Config{
		"idle: over UDP there is no connection to be held":         {Workload: Idle},
		"depth 2: a churn has one request in flight":               {Workload: Churn, Depth: 2},
		"arrival burst:2@9: the server sends a file at an even":    {Workload: Duplex, Arrival: "burst:2@9"},
		"handler sink: over UDP it is the listener's":              {Workload: Duplex, Handler: "sink"},
		"framing u32: a datagram is a message":                     {Workload: Echo, Framing: "u32"},
		"handler echo: over UDP it is the listener's":              {Workload: Echo, Handler: "echo"},
		"size 65460: a datagram of echo carries at most 65459":     {Workload: Echo, Size: 65460},
		"size 65438: a datagram of stamp carries at most 65437":    {Workload: Stamp, Size: 65438},
		"lost after 6s: want at most half of the timeout, 5s":      {Workload: Echo, LostAfter: 6 * time.Second},
		"a UDP socket has no MSS":                                  {Workload: Echo, Socket: Socket{MSS: 1400}},
		"no delay: Nagle's algorithm is TCP's":                     {Workload: Echo, Nagle: true},
		"arrival poisson:10: the server sends a file at an even":   {Workload: Pull, Arrival: "poisson:10"},
		"a plain server cannot be asked for a pull over UDP":       {Workload: Pull, Plain: true},
		"payload zeros: both ends generate the content of a push":  {Workload: Push, Payload: PayloadZeros},
		"depth 2: a stream has one request in flight":              {Workload: Stream, Depth: 2},
		"zero copy, skipping the copy: over TCP only":              {Workload: Push, Socket: Socket{ZeroCopy: true}},
		"size 65460: a datagram of push carries at most 65459":     {Workload: Push, Size: 65460},
		"sizes uniform:1..9: the messages of a push are all alike": {Workload: Push, Sizes: "uniform:1..9"},
	} {
		c.Network = "udp"
		if _, _, err := c.Resolve(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	if _, _, err := (Config{Workload: Echo, LostAfter: time.Second}).Resolve(); err == nil || !strings.Contains(err.Error(), "nothing is lost over tcp") {
		t.Error(err)
	}
}

// A push and a pull go at 1 Mbit/s a connection if nothing is said, and resolving
// what is resolved changes nothing.
func TestUDPDefaultRate(t *testing.T) {
	for _, workload := range []string{Push, Pull} {
		c, _, err := Config{Workload: workload, Network: "udp", Conns: 3}.Resolve()
		if err != nil || len(c.Notes) != 1 || math.Abs(c.oneWay.Rate()*1400*8-3e6) > 1 {
			t.Fatal(c.Notes, c.oneWay.Rate(), err)
		}
		again, _, err := c.Resolve()
		if err != nil || again.Arrival != c.Arrival || again.Framing != "udp" {
			t.Error(again, err)
		}
	}
}

func TestUDPFragmentsAreDoubted(t *testing.T) {
	four, six := &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1)}, &net.UDPAddr{IP: net.ParseIP("2001:db8::1")}
	for _, tc := range []struct {
		peer      net.Addr
		size, mtu int
		want      string
	}{
		{four, 1424, 1500, ""}, {six, 1404, 1500, ""}, {four, 9000, 0, ""},
		{four, 1425, 1500, "datagrams of 1473 bytes travel in pieces, and one lost piece loses all: the path's MTU is 1500: -l 1424 or less"},
		{six, 1424, 1500, "datagrams of 1472 bytes travel in pieces, and one lost piece loses all: the path's MTU is 1500: -l 1404 or less"},
	} {
		c, _, err := (Config{Workload: Echo, Network: "udp", Size: tc.size}).Resolve()
		if err != nil {
			t.Fatal(err)
		}
		if got := fragments(&c, tc.peer, tc.mtu); got != tc.want {
			t.Errorf("%+v: %q", tc, got)
		}
	}
	if udpSize > mtuPayload(six, 1500) {
		t.Error("the default travels in pieces on Ethernet")
	}
}
