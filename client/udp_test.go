package client

import (
	"context"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// udpServer starts a server with one UDP listener.
func udpServer(t testing.TB, handler string) string {
	t.Helper()
	s := servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "udp", Address: "127.0.0.1:0", Handler: handler}}})
	return s.Addrs()[0].String()
}

// What a path does to datagrams is counted to the datagram, whatever the
// workload, in either direction.
func TestUDPCountsWhatThePathDid(t *testing.T) {
	const n = 500 // small ones: all of them find room in a socket's buffer, should this machine stand still
	for _, tc := range []struct {
		workload, handler string
		up                bool
		config            Config
	}{
		{Echo, "echo", true, Config{Depth: 8}}, {Echo, "", false, Config{Depth: 64}}, {Echo, "echo", false, Config{Arrival: "5000", Sizes: "uniform:1..200"}},
		{Ack, "ack", true, Config{Depth: 32}}, {Ack, "ack", false, Config{Depth: 8, Batch: 1}},
		{Stamp, "stamp", true, Config{Depth: 16}}, {Stamp, "stamp", false, Config{Depth: 16}},
		{Churn, "", true, Config{}}, {Churn, "echo", false, Config{Arrival: "500"}},
		{Push, "sink", true, Config{Arrival: "2000", Size: 100}}, {Pull, "", false, Config{Arrival: "5000", Size: 100, Bytes: n*100 - 50}},
		{Stream, "", false, Config{Arrival: "1000"}},
	} {
		t.Run(fmt.Sprintf("%s/%v", tc.workload, tc.up), func(t *testing.T) {
			t.Parallel()
			Patiently(t, 500*time.Millisecond, func(lostAfter time.Duration) error {
				h := &harm{up: tc.up, last: n - 1}
				c := tc.config
				c.Workload, c.Network, c.Messages, c.LostAfter, c.Timeout = tc.workload, "udp", n, lostAfter, 2*lostAfter+10*time.Second
				if c.Bytes > 0 {
					c.Messages = 0
				}
				c.Addr = udpRelay{h.do}.start(t, udpServer(t, tc.handler))
				res, err := Run(context.Background(), c, Observer{})
				if err != nil {
					return err
				}
				// A push leaves out what is due in a moment when this machine is busy,
				// but sends n all the same.
				want := Counts{Sent: n, Lost: n/100 + 1, Reordered: n / 100, Duplicated: 2 * n / 100}
				got := Counts{Sent: res.Sent, Lost: res.Lost, Reordered: res.Reordered, Duplicated: res.Duplicated}
				if tc.workload == Churn { // what is overtaken or comes twice finds its socket closed
					want = Counts{Sent: n, Lost: 2*n/100 + 1}
				}
				if res.Lost > want.Lost || res.Counts.Late > 0 {
					return fmt.Errorf("given up too soon: %+v", res.Counts)
				}
				if got != want || res.Messages != n-want.Lost || res.Failed != 0 || res.VerifyErrors != 0 {
					t.Errorf("%+v and %d messages; want %+v and %d", got, res.Messages, want, n-want.Lost)
				}
				if res.Response != nil && res.Response.TotalCount() != res.Messages {
					t.Errorf("%d latencies of %d messages", res.Response.TotalCount(), res.Messages)
				}
				if p := res.Path; !res.Config.workload.replies && (p == nil || p.DelayMin > p.DelayMean || p.DelayMean > p.DelayMax || res.Clock.Samples != udpCalibrations) {
					t.Errorf("path %+v, clock %+v", p, res.Clock)
				}
				return nil
			})
		})
	}
}

// A reply that comes when it has been given up is late, and no longer lost; its
// latency counts.
func TestUDPLateReply(t *testing.T) {
	const n = 20
	Patiently(t, 50*time.Millisecond, func(lostAfter time.Duration) error {
		var held []byte
		relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
			switch {
			case !up && i == 5:
				held = b
				return nil
			case !up && i == 15:
				return [][]byte{b, held, held}
			}
			return [][]byte{b}
		}}
		c := Config{Workload: Echo, Network: "udp", Messages: n, LostAfter: lostAfter, Timeout: 2*lostAfter + 10*time.Second, Addr: relay.start(t, udpServer(t, "echo"))}
		res, err := Run(context.Background(), c, Observer{})
		if err != nil || res.Lost > 0 { // of the last ones nothing is heard any more
			return fmt.Errorf("%+v: %v", res.Counts, err)
		}
		if res.Counts.Late < 1 || res.Messages != n || res.Duplicated != 1 || res.Reordered != 1 {
			t.Errorf("%+v", res.Counts)
		}
		if got := time.Duration(res.Response.Max()); got < lostAfter {
			t.Errorf("greatest latency %v: the late one is not among them", got)
		}
		return nil
	})
}

// Waiting for what is lost at the end is no part of the run: a rate that had it
// would say nothing.
func TestUDPWaitingIsNotMeasured(t *testing.T) {
	const n = 20
	for _, workload := range []string{Echo, Push, Pull} {
		t.Run(workload, func(t *testing.T) {
			t.Parallel()
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if i == n-1 && up == (workload == Push) {
					return nil
				}
				return [][]byte{b}
			}}
			addr := relay.start(t, udpServer(t, ""))
			Patiently(t, time.Second, func(lostAfter time.Duration) error {
				c := Config{Workload: workload, Network: "udp", Messages: n, Arrival: "1000", LostAfter: lostAfter, Timeout: 2*lostAfter + 10*time.Second, Addr: addr}
				var told time.Duration
				began := time.Now()
				c.Interval = 100 * time.Millisecond
				res, err := Run(context.Background(), c, Observer{Interval: func(i Interval) { told = i.End }})
				if res.Lost == 0 {
					t.Errorf("nothing is lost: %+v", res.Counts)
				}
				if err != nil || res.Lost > 1 {
					return fmt.Errorf("%d lost: %v", res.Lost, err)
				}
				// The server's end of a pull is heard, and then nothing is waited for.
				if wall := time.Since(began); workload != Pull && wall-res.Took < lostAfter*3/4 || res.Took != told {
					t.Errorf("%v of %v are measured, intervals end at %v", res.Took, wall, told)
				}
				return nil
			})
		})
	}
}

// One byte is changed on its way, past UDP's checksum. The run names it.
func TestUDPFirstBadOffset(t *testing.T) {
	for _, way := range []string{Echo, Stamp, Churn, Pull, Stream, Push + " up", Duplex + " up", Duplex} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			workload, _, pushed := strings.Cut(way, " ")
			handler := map[string]string{Stamp: "stamp"}[workload]
			c := Config{Workload: workload, Network: "udp", Messages: 50, Size: 100, Seed: 4, Arrival: "2000"}
			resolved, _, err := c.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			const at = 2345 // in datagram 23
			seed := c.Seed
			if workload == Duplex && pushed {
				seed++
			}
			was := resolved.content(seed).Slice(at, 1)[0]
			relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
				if up == pushed && i == at/100 {
					b[len(b)-100+at%100] ^= 1
				}
				return [][]byte{b}
			}}
			c.Addr = relay.start(t, udpServer(t, handler))
			res, err := Run(context.Background(), c, Observer{})
			want := fmt.Sprintf("byte %d is 0x%02x, expected 0x%02x", at, was^1, was)
			if err == nil || !strings.Contains(err.Error(), want) || res.Faults[FaultVerify] != 1 {
				t.Errorf("%v, faults %v; want %s", err, res.Faults, want)
			}
		})
	}
	t.Run(Ack, func(t *testing.T) {
		t.Parallel()
		relay := udpRelay{func(up bool, i uint64, b []byte) [][]byte {
			if up && i == 23 {
				b[len(b)-1] ^= 1
			}
			return [][]byte{b}
		}}
		c := Config{Workload: Ack, Network: "udp", Messages: 50, Addr: relay.start(t, udpServer(t, "ack"))}
		if res, err := Run(context.Background(), c, Observer{}); err == nil || res.Faults[FaultVerify] != 1 {
			t.Errorf("%v, faults %v", err, res.Faults)
		}
	})
}

// A server that does not trust us gets its token back, and what is lost of the
// questions and answers is asked again.
func TestUDPTokenIsReturned(t *testing.T) {
	for _, c := range []Config{
		{Workload: Push, Messages: 40, Arrival: "1000", Size: 8},
		{Workload: Pull, Messages: 40, Arrival: "1000", Size: 8, Verify: VerifyLength},
	} {
		t.Run(c.Workload, func(t *testing.T) {
			t.Parallel()
			Patiently(t, 500*time.Millisecond, func(lostAfter time.Duration) error {
				addr, bad := distrustful(t, 40)
				c.Network, c.Addr, c.LostAfter, c.Timeout = "udp", addr, lostAfter, 2*lostAfter+10*time.Second
				res, err := Run(context.Background(), c, Observer{})
				if bad() != "" {
					t.Error(bad())
				}
				if err != nil || res.Messages != 40 || res.Lost != 0 {
					return fmt.Errorf("%+v: %v", res.Counts, err)
				}
				return nil
			})
		})
	}
}

// A server that dies or says nothing any more ends a run over datagrams too.
func TestUDPServerThatIsGone(t *testing.T) {
	for workload := range udpWorkloads {
		for _, end := range []string{"closes", "stalls"} {
			t.Run(end+"/"+workload, func(t *testing.T) {
				t.Parallel()
				handler := map[string]string{Ack: "ack", Stamp: "stamp"}[workload]
				s := servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "udp", Address: "127.0.0.1:0", Handler: handler}}})
				c := Config{Workload: workload, Network: "udp", Duration: time.Hour, Timeout: time.Minute, Addr: s.Addrs()[0].String()}
				if workload == Push || workload == Pull || workload == Stream {
					c.Arrival = "500"
				}
				gone := make(chan struct{})
				once := sync.OnceFunc(func() { close(gone) })
				want := FaultRefused
				if end == "stalls" {
					want, c.Timeout = FaultTimeout, 2*time.Second
					relay := udpRelay{func(_ bool, i uint64, b []byte) [][]byte {
						if i >= 100 {
							once()
						}
						select {
						case <-gone:
							return nil
						default:
							return [][]byte{b}
						}
					}}
					if workload == Push || workload == Pull || workload == Stream {
						c.Addr = silentAfter(t, c.Addr, gone)
					} else {
						c.Addr = relay.start(t, c.Addr)
					}
				} else {
					go func() { <-gone; _ = s.Shutdown(closed(gone)) }()
				}
				res, err := Run(context.Background(), c, Observer{Progress: func(n Counts) {
					if n.Messages > 50 {
						once()
					}
				}})
				if err == nil || res.Faults[want] != res.Config.workload.each() || res.Messages == 0 {
					t.Errorf("after %v: %v, faults %v, %d messages; want %s", res.Took, err, res.Faults, res.Messages, want)
				}
			})
		}
	}
}

// Nobody is there: the system says so at once, before there is a timeout.
func TestUDPNobodyListens(t *testing.T) {
	// A socket that is connected to another hears nobody else, and nobody else can get its port meanwhile.
	other, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	nc, err := net.Dial("udp", other.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	addr := nc.LocalAddr().String()
	for workload := range udpWorkloads {
		c := Config{Workload: workload, Network: "udp", Addr: addr, Timeout: time.Hour, Messages: 1}
		res, err := Run(context.Background(), c, Observer{})
		if err == nil || !strings.Contains(err.Error(), "nothing listens at udp "+addr) || res.Faults[FaultRefused] != 1 {
			t.Errorf("%s: %v, %v", workload, err, res.Faults)
		}
	}
}

// A listener of another kind is told from one that is not there.
func TestUDPWrongListener(t *testing.T) {
	for workload, handler := range map[string]string{Ack: "echo", Stamp: "echo", Echo: "time", Pull: "echo", Push: "ack"} {
		c := Config{Workload: workload, Network: "udp", Addr: udpServer(t, handler), Messages: 1}
		if _, err := Run(context.Background(), c, Observer{}); err == nil || !strings.Contains(err.Error(), "a listener with the handler ") {
			t.Errorf("%s of a listener with %s: %v", workload, handler, err)
		}
	}
}

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

// The window finds its messages wherever it has grown to, and knows late ones.
func TestUDPWindow(t *testing.T) {
	w := udpWindow{byCRC: map[uint32]int64{}}
	for i := range int64(1000) {
		w.put(i, stamp{sent: i}, uint32(i+1))
	}
	if n := w.expire(499); n != 500 || w.open.Load() != 500 || w.oldest != 500 {
		t.Fatal(n, w.open.Load(), w.oldest)
	}
	for _, i := range []int64{999, 500, 499, 0} {
		s, was := w.settle(i)
		if want := map[bool]slotState{true: slotWaiting, false: slotLost}[i >= 500]; was != want || s.sent != i || w.byCRC[uint32(i+1)] != i {
			t.Errorf("%d: %v %v", i, s, was)
		}
		if _, was := w.settle(i); was != slotDone {
			t.Errorf("%d again: %v", i, was)
		}
	}
	if w.oldest != 501 || w.open.Load() != 498 {
		t.Error(w.oldest, w.open.Load())
	}
	for i := int64(1000); i < 1100; i++ {
		w.put(i, stamp{sent: i}, uint32(i+1))
	}
	if _, was := w.settle(1); was != slotGone || len(w.byCRC) != len(w.ring) {
		t.Errorf("%v, %d receipts known of %d", was, len(w.byCRC), len(w.ring))
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
