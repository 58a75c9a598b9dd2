package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// relay stands between client and server. do sees what passes, by direction and
// offset behind the line that opens a session, may change it, and tells what
// becomes of the connection.
type relay struct {
	do func(up bool, offset int64, b []byte) fate
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
			s, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				continue
			}
			end := sync.OnceFunc(func() { c.Close(); s.Close() })
			context.AfterFunc(closed(over), end)
			p := &pair{r.do, c.(*net.TCPConn), s.(*net.TCPConn), over, end}
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

type pair struct {
	do             func(bool, int64, []byte) fate
	client, server *net.TCPConn
	over           chan struct{}
	end            func()
}

func (p *pair) pump(up bool, from, to *net.TCPConn) {
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
			p.client.SetLinger(0)
			p.server.SetLinger(0)
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

// spot returns where in the encoded stream of frames a payload byte lies, if the
// framing has it at one place and delivers it there.
func spot(cod codec.Codec, content pattern.Content, frame int, at int64) (offset int64, to byte, ok bool) {
	encode := func(p []byte) []byte { b, _ := cod.Append(nil, p); return b }
	var wire int64
	p := make([]byte, frame)
	for i := int64(0); i < at/int64(frame); i++ {
		content.ReadAt(p, i*int64(frame))
		wire += int64(len(encode(p)))
	}
	content.ReadAt(p, at/int64(frame)*int64(frame))
	good := encode(p)
	p[at%int64(frame)] ^= 1
	bad := encode(p)
	if len(bad) != len(good) {
		return 0, 0, false
	}
	diff := -1
	for i := range good {
		if good[i] != bad[i] {
			if diff >= 0 {
				return 0, 0, false // a checksum, too
			}
			diff = i
		}
	}
	return wire + int64(diff), bad[diff], true
}

// One byte is changed on its way. The run names its offset, what came and what
// should have come, whatever the workload and the framing; where a checksum
// stands in between, that finds it, and the run fails all the same.
func TestFirstBadOffset(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const at, frame = 123_456, 250
	for _, workload := range []string{Pull, Push, Duplex + " up", Duplex + " down", Echo} {
		for _, spec := range specs(t) {
			cod, _ := codec.Parse(spec)
			name, _, _ := strings.Cut(workload, " ")
			if codec.Once(cod) || strings.HasPrefix(spec, "fixed:size=12") || spec == "text" && name == Echo {
				continue // text cuts as time goes
			}
			t.Run(workload+"/"+spec, func(t *testing.T) {
				t.Parallel()
				up := name == Push || strings.HasSuffix(workload, "up")
				c := Config{Workload: name, Framing: spec, Seed: 3, Bytes: 300_000, Timeout: time.Minute}
				size := frame
				if n, exact := exactSize(cod); exact {
					size = n
				}
				c.Size = size
				resolved, _, err := c.Resolve()
				if err != nil {
					t.Fatal(err)
				}
				seed := c.Seed
				if name == Duplex && up {
					seed++
				}
				content := resolved.content(seed)
				if !codec.Delimits(cod) {
					size = 300_000
				}
				offset, to, exact := spot(cod, content, size, at)
				if !exact { // the peer may wait for what is never sent
					c.Timeout = time.Second
				}
				var found atomic.Bool
				r := relay{do: func(dir bool, from int64, b []byte) fate {
					if dir == up && from <= offset && offset < from+int64(len(b)) {
						found.Store(true)
						if b[offset-from] ^= 1; exact {
							b[offset-from] = to
						}
					}
					return pass
				}}
				c.Addr = r.start(t, s.Addr)
				res, err := Run(context.Background(), c, Observer{})
				if err == nil || !found.Load() {
					t.Fatalf("%d bytes passed, the byte among them: %v, %v", res.Payload, found.Load(), err)
				}
				want := fmt.Sprintf("byte %d is 0x%02x, expected 0x%02x", at, content.Slice(at, 1)[0]^1, content.Slice(at, 1)[0])
				if exact && (!strings.Contains(err.Error(), want) || res.VerifyErrors < 1 || res.Faults[FaultVerify] != 1) {
					t.Errorf("%v, %d verify errors, faults %v; want %s", err, res.VerifyErrors, res.Faults, want)
				}
			})
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
