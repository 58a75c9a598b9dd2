package server_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// Transfers that run when the server stops are finished; new ones are refused.
func TestUDPDrain(t *testing.T) {
	s := startUDP(t, "", server.Config{Limits: server.Limits{DrainTimeout: 20 * time.Second}})
	c := dialUDP(t, s.Addr)
	send(t, c, "stream-20-25")
	expectDatagram(t, c, "stream-20-25")
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	for range 24 {
		expectDatagram(t, c, "stream-20-25")
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if st := s.Stats(); st.TransfersDone != 1 || st.Transfers != 0 {
		t.Errorf("%+v", st)
	}
}

// One that does not end in time is cut, and counted.
func TestUDPDrainTimeout(t *testing.T) {
	s := startUDP(t, "", server.Config{Limits: server.Limits{DrainTimeout: 300 * time.Millisecond}})
	c := dialUDP(t, s.Addr)
	send(t, c, "stream-60000-2")
	eventually(t, "runs", func() bool { return s.Stats().Transfers == 1 })
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	eventually(t, "draining", s.Draining)
	// Meanwhile nothing new begins.
	eventually(t, "refused", func() bool { return refusedWhileStopping(t, s) })
	if err := <-stopped; err == nil || !strings.Contains(err.Error(), "1 transfers were cut off") {
		t.Error(err)
	}
	if st := s.Stats(); st.TransfersEnded != 1 || st.Transfers != 0 {
		t.Errorf("%+v", st)
	}
}

func refusedWhileStopping(t *testing.T, s *servertest.Server) bool {
	c := dialUDP(t, s.Addr)
	send(t, c, "stream-60000-0") // never answered
	send(t, c, request(datagram.Sink, 1, 0, 0, datagram.Request{}))
	h, reason, err := tryReceive(c)
	if err != nil {
		return true // it has stopped before we asked
	}
	return h.Kind == datagram.Refused && string(reason) == "server is stopping"
}

// A peer that closes its port ends its transfers, and no others.
func TestUDPPeerGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system does not tell a socket of many peers which of them has gone")
	}
	s := startUDP(t, "", server.Config{Loops: 1, UDP: server.UDP{Rate: 1 << 20}})
	stays := dialUDP(t, s.Addr)
	send(t, stays, "stream-5-400")
	for range 20 {
		c := dialUDP(t, s.Addr)
		send(t, c, "123456789") // two minutes' worth
		expectDatagram(t, c, "file_prepared")
		c.Close()
	}
	for range 400 {
		expectDatagram(t, stays, "stream-5-400")
	}
	eventually(t, "the others have ended", func() bool {
		st := s.Stats()
		return st.Transfers == 0 && st.TransfersEnded == 20 && st.TransfersDone == 1
	})
}

// A flood neither ends the server nor makes it grow, and a peer that asks in
// between is answered once it is over.
func TestUDPFlood(t *testing.T) {
	p := servertest.StartProcess(t, servertest.LoadframeUDP, 2, server.Limits{})
	warm := dialUDP(t, p.Addr)
	send(t, warm, "x")
	expectDatagram(t, warm, "x")
	before := p.Usage(t)
	var done sync.WaitGroup
	for _, size := range []int{0, 1, 64, 1400, 65507} {
		c := dialUDP(t, p.Addr)
		done.Go(func() {
			b := make([]byte, size)
			for range 20_000 {
				_, _ = c.Write(b) // nobody reads the answers: the kernel drops what has no room
			}
		})
	}
	done.Wait()
	eventually(t, "an answer", func() bool {
		send(t, warm, "x")
		warm.SetReadDeadline(time.Now().Add(time.Second))
		_, err := warm.Read(make([]byte, 10))
		return err == nil
	})
	after := p.Usage(t)
	if after.Server.DatagramsIn < 1000 {
		t.Errorf("%d datagrams came: no flood", after.Server.DatagramsIn)
	}
	if grown := after.Heap + after.Stack - before.Heap - before.Stack; grown > 4<<20 || after.Goroutines > before.Goroutines {
		t.Errorf("grew by %d bytes and %d goroutines", grown, after.Goroutines-before.Goroutines)
	}
	t.Logf("%d datagrams in, %d out, %d allocations", after.Server.DatagramsIn, after.Server.DatagramsOut, after.Mallocs-before.Mallocs)
}

// What a peer was sent over UDP is in the log, as a connection would be.
func TestUDPTransferIsLogged(t *testing.T) {
	var log logged
	s := startUDP(t, "", log.config())
	c := dialUDP(t, s.Addr)
	send(t, c, "stream-1-3")
	for range 3 {
		expectDatagram(t, c, "stream-1-3")
	}
	eventually(t, "a line", func() bool { return len(log.lines(t, "transfer")) == 1 })
	line := log.lines(t, "transfer")[0]
	if line["peer"] != c.LocalAddr().String() || line["frames_out"] != 3.0 || line["bytes_out"] != 30.0 || line["reason"] != "complete" || line["framing"] != "udp" {
		t.Errorf("%v", line)
	}
}
