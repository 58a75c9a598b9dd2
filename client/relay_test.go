package client

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// relay stands between client and server. do sees what passes, by direction and
// offset behind the line that opens a session, may change it, and tells what
// becomes of the connection.
type relay struct {
	do      func(up bool, offset int64, b []byte) fate
	network string // "": tcp
}

type fate int

const (
	pass   fate = iota
	close_      // both ends, in order
	reset       // both ends
	stall       // nothing passes any more
)

// start returns the relay's address.
func (r relay) start(t *testing.T, to string) string {
	t.Helper()
	network, at := "tcp", "127.0.0.1:0"
	if r.network == "unix" {
		network, at = r.network, filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	over := make(chan struct{})
	t.Cleanup(func() { close(over); l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial(network, to)
			if err != nil {
				c.Close()
				continue
			}
			end := sync.OnceFunc(func() { c.Close(); s.Close() })
			context.AfterFunc(closed(over), end)
			p := &pair{r.do, c.(stream), s.(stream), over, end}
			wg.Go(func() { p.pump(true, p.client, p.server) })
			wg.Go(func() { p.pump(false, p.server, p.client) })
		}
	})
	return l.Addr().String()
}

// closed is a context that ends with a channel.
func closed(ch <-chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-ch; cancel() }()
	return ctx
}

// stream is a TCP connection or one over a unix socket.
type stream interface {
	net.Conn
	CloseWrite() error
}

type pair struct {
	do             func(bool, int64, []byte) fate
	client, server stream
	over           chan struct{}
	end            func()
}

func (p *pair) pump(up bool, from, to stream) {
	buf := make([]byte, 32<<10)
	offset := int64(-1) // in the line that opens
	for {
		n, err := from.Read(buf)
		b := buf[:n]
		if offset < 0 {
			if i := bytes.IndexByte(b, '\n'); i >= 0 {
				offset, b = 0, b[i+1:]
			} else {
				b = nil
			}
		}
		f := pass
		if len(b) > 0 {
			f = p.do(up, offset, b)
			offset += int64(len(b))
		}
		switch f {
		case close_:
			p.end()
			return
		case reset:
			p.client.(*net.TCPConn).SetLinger(0)
			p.server.(*net.TCPConn).SetLinger(0)
			p.end()
			return
		case stall:
			<-p.over
			return
		}
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			if err != io.EOF || to.CloseWrite() != nil {
				p.end()
			}
			return
		}
	}
}

// A server that dies, resets or stalls in mid-run ends it soon, with an error of
// its class, in every workload.
func TestServerThatIsGone(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for _, end := range []struct {
		name   string
		fate   fate
		faults []string
	}{{"closes", close_, []string{FaultEOF, FaultReset}}, {"resets", reset, []string{FaultReset}}, {"stalls", stall, []string{FaultTimeout}}} {
		for _, workload := range Workloads() {
			t.Run(end.name+"/"+workload, func(t *testing.T) {
				t.Parallel()
				c := Config{Workload: workload, Duration: time.Hour, Timeout: time.Minute}
				if end.fate == stall {
					c.Timeout = 300 * time.Millisecond
				}
				after := int64(2000)
				if workload == Churn || workload == Idle {
					after = 1 // a session has no more
				}
				r := relay{do: func(up bool, from int64, b []byte) fate {
					switch {
					case from+int64(len(b)) >= after && (workload != Stamp || from > 64*100):
						return end.fate
					}
					return pass
				}}
				c.Addr = r.start(t, s.Addr)
				res, err := Run(context.Background(), c, Observer{})
				if err == nil {
					t.Fatalf("it passes, after %v", res.Took)
				}
				total := 0
				for class, n := range res.Faults {
					if total += n; !slices.Contains(end.faults, class) {
						t.Errorf("%v: fault %s, want %v", err, class, end.faults)
					}
				}
				if total == 0 {
					t.Errorf("%v: no fault is counted", err)
				}
			})
		}
	}
}
