package client

import (
	"context"
	"fmt"
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
