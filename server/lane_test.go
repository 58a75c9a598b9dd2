package server_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A connection leaves the loop for a big reply and comes back when idle.
func TestLaneAndBack(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := dial(t, s.Addr)
	for i := range int64(3) {
		send(t, c, "5000000\n")
		expect(t, c, "file_prepared"+strings.Repeat("A", 5000000))
		eventually(t, "back on the loop", func() bool {
			st := s.Stats()
			return st.LaneMoves == i+1 && st.GiveBacks == i+1 && st.Lanes == 0 && st.Conns == 1
		})
		send(t, c, "SYN") // silence still works there
		expect(t, c, "ACK!")
	}
}

// Echo under readers that stall at random: connections move between loop and
// lane all the time, and no byte is lost, repeated or swapped.
func TestEchoUnderStalls(t *testing.T) {
	s := servertest.Start(t, server.Config{Loops: 2})
	const peers, total = 8, 12 << 20
	done := make(chan bool)
	for i := range peers {
		go func() {
			defer func() { done <- true }()
			rng := rand.New(rand.NewPCG(uint64(i), 7))
			content := pattern.Seeded(uint64(i))
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			nc.SetDeadline(time.Now().Add(time.Minute))
			io.WriteString(nc, "LOADFRAME/1 framing=raw handler=echo\n")
			if _, err := readLine(nc); err != nil {
				t.Error(err)
				return
			}
			go func() {
				for at := int64(0); at < total; {
					n, err := nc.Write(content.Slice(at, int(min(1+rng.Int64N(100_000), total-at))))
					if at += int64(n); err != nil {
						return // the reader tells
					}
				}
				nc.(*net.TCPConn).CloseWrite()
			}()
			pauses := rand.New(rand.NewPCG(uint64(i), 8))
			buf := make([]byte, 1<<20)
			got := int64(0)
			for {
				n, err := nc.Read(buf[:1+pauses.IntN(len(buf))])
				if bad := content.Check(got, buf[:n]); bad >= 0 {
					t.Errorf("peer %d: byte %d differs", i, got+int64(bad))
					return
				}
				if got += int64(n); err != nil {
					if err != io.EOF || got != total {
						t.Errorf("peer %d: %d bytes of %d, %v", i, got, total, err)
					}
					return
				}
				if pauses.IntN(10) == 0 {
					time.Sleep(time.Duration(pauses.IntN(150)) * time.Millisecond) // the stall under test
				}
			}
		}()
	}
	for range peers {
		<-done
	}
	t.Logf("%d moves to the lane, %d back", s.Stats().LaneMoves, s.Stats().GiveBacks)
	if s.Stats().LaneMoves == 0 {
		t.Error("no connection moved: nothing was tested")
	}
	alive(t, s)
}

// Many files that each fit, asked for at once, come in order, and nothing
// pauses where the framing delimits.
func TestPipelinedFiles(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := dial(t, s.Addr)
	const files = 1000
	send(t, c, "LOADFRAME/1 framing=u24 handler=command\n\x00\x00\x015")
	readLine(c)
	expect(t, c, "\x00\x00\x0dfile_prepared\x00\x00\x05AAAAA")
	if n := s.Stats().LaneMoves; n > 0 {
		t.Error("a small file paused, on the lane")
	}
	send(t, c, strings.Repeat("\x00\x00\x0560000", files))
	want := "\x00\x00\x0dfile_prepared\x00\xea\x60" + strings.Repeat("A", 60000)
	for range files {
		expect(t, c, want)
	}
}

func TestStallTimeout(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{StallTimeout: 50 * time.Millisecond}})
	c := open(t, s.Addr, "framing=raw handler=generate")
	send(t, c, "1000000000000")
	eventually(t, "cut off", func() bool { return s.Stats().Stalls == 1 && s.Stats().Conns == 0 })
}

// A server that stops takes no more connections and finishes its transfers.
func TestDrain(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	addr := s.Addrs()[0].String()
	c, idle := dial(t, addr), dial(t, addr)
	send(t, idle, "SYN")
	expect(t, idle, "ACK!")
	const n = 100_000_000
	send(t, c, "100000000\n")
	expect(t, c, "file_prepared")
	eventually(t, "transfer on the lane", func() bool { return s.Stats().Lanes == 1 })
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	eventually(t, "new connections refused", func() bool {
		late, err := net.Dial("tcp", addr)
		if err != nil {
			return true
		}
		defer late.Close()
		late.SetDeadline(time.Now().Add(100 * time.Millisecond))
		b, _ := io.ReadAll(late)
		return strings.Contains(string(b), "stopping")
	})
	if got, err := io.Copy(io.Discard, c); got != n || err != nil {
		t.Errorf("%d bytes of %d, %v", got, n, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	expectEOF(t, idle)
	if s.Stats().Conns != 0 {
		t.Errorf("%d connections left", s.Stats().Conns)
	}
}

func TestDrainTimeoutCutsWhoDoesNotRead(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: 20 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s.Addrs()[0].String())
	send(t, c, "100000000\n")
	expect(t, c, "file_prepared")
	eventually(t, "transfer on the lane", func() bool { return s.Stats().Lanes == 1 })
	if err := s.Shutdown(context.Background()); err == nil || !strings.Contains(err.Error(), "1 transfers") {
		t.Errorf("error %v, want one about the transfer that was cut", err)
	}
	runtime.KeepAlive(c)
}
