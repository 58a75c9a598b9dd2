package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

var canonical = regexp.MustCompile(`^\{"data": "[a-z0-9]{32}", "time": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"\}$`)

// The bytes on the wire are those of the older sender: a connection each, no
// newline, no half-close before the receiver closes.
func TestSendOnTheWire(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var wg sync.WaitGroup
	got := make(chan string, 3)
	wg.Go(func() {
		for range 3 {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			b := make([]byte, 1024)
			n, _ := io.ReadFull(nc, b[:82])
			_ = nc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			if m, err := nc.Read(b[n:]); m > 0 || errors.Is(err, io.EOF) {
				got <- "more than 82 bytes, or the end: " + string(b[:n+m])
			} else {
				got <- string(b[:n])
			}
			nc.Close()
		}
	})
	r, err := client.SendRecords(t.Context(), client.SendConfig{Addr: l.Addr().String(), Interval: time.Millisecond, Count: 3, Timeout: 10 * time.Second}, client.SendObserver{})
	if err != nil || r.Delivered != 3 || r.Wire != 3*82 || len(r.Failed) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	wg.Wait()
	seen := map[string]bool{}
	for range 3 {
		s := <-got
		if !canonical.MatchString(s) || seen[s] {
			t.Errorf("on the wire: %q", s)
		}
		seen[s] = true
	}
}

// To the server's record handler, and back into the figures.
func TestSendToServer(t *testing.T) {
	var mu sync.Mutex
	var stats client.RecordStats
	all := make(chan struct{})
	n := 0
	s := servertest.Start(t, server.Config{
		Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "raw", Handler: "record"}},
		OnRecord: func(r server.Record) {
			mu.Lock()
			defer mu.Unlock()
			stats.Take(r)
			if n++; n == 50 {
				close(all)
			}
		},
	})
	r, err := client.SendRecords(t.Context(), client.SendConfig{Addr: s.Addr, Interval: time.Millisecond, Count: 50, Sequence: true, Timeout: 10 * time.Second}, client.SendObserver{})
	if err != nil || r.Delivered+r.Missed != 50 || r.Missed > 0 && r.Took < time.Second {
		t.Fatalf("%+v, %v", r, err)
	}
	if r.Missed == 0 {
		<-all
		mu.Lock()
		defer mu.Unlock()
		if got := stats.Summary(); got.Records != 50 || got.Numbered != 50 || got.Runs != 1 || got.Lost+got.Duplicated+got.Reordered != 0 || got.Delay.Count != 50 || got.Delay.Min <= 0 {
			t.Errorf("%+v", got)
		}
	}
}

// A peer that is absent, one that never closes, and one that resets cost one
// record each time, for a bounded time.
func TestSendSurvives(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for class, c := range map[string]client.SendConfig{
		"timeout": {Addr: silent.Addr().String(), Timeout: 50 * time.Millisecond}, "refused": {Addr: nobody(t), Timeout: time.Minute},
	} {
		var told []int64
		c.Interval, c.Count = time.Millisecond, 3
		r, err := client.SendRecords(t.Context(), c, client.SendObserver{Failed: func(i int64, err error) { told = append(told, i) }})
		tried := 3 - r.Missed // it leaves out what is late by a second
		if err != nil || r.Missed > 0 && r.Took < time.Second || r.Tried != tried || r.Delivered != 0 || r.Failed[class] != tried || int64(len(told)) != tried {
			t.Errorf("%s: %+v, %v, told of %v", class, r, err, told)
		}
	}
	// What was due while one attempt waited is left out: no flood afterwards.
	r, err := client.SendRecords(t.Context(), client.SendConfig{Addr: silent.Addr().String(), Interval: time.Millisecond, Count: 1200, Timeout: 1400 * time.Millisecond}, client.SendObserver{})
	if err != nil || r.Missed < 390 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A server that lets nobody in closes, too, and has taken nothing.
func TestSendToFullServer(t *testing.T) {
	s := fullServer(t, "raw", "x")
	var told error
	r, err := client.SendRecords(t.Context(), client.SendConfig{Addr: s.Addr, Count: 1, Timeout: 10 * time.Second}, client.SendObserver{Failed: func(_ int64, err error) { told = err }})
	if err != nil || r.Delivered != 0 || r.Failed["refused"] != 1 || told == nil || told.Error() != "refused by the server: too many connections: limit 1" {
		t.Errorf("%+v, %v; told %v", r, err, told)
	}
}

// The end of the context ends a wait for the peer.
func TestSendInterrupted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	r, err := client.SendRecords(ctx, client.SendConfig{Addr: l.Addr().String(), Timeout: time.Hour}, client.SendObserver{Sending: func([]byte) { cancel() }})
	if err != nil || r.Tried != 1 || r.Failed["interrupted"] != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Datagrams with records, without, and with too much.
func TestReceiveRecords(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	var stats client.RecordStats
	bad := 0
	done := make(chan error, 1)
	go func() {
		done <- client.ReceiveRecords(ctx, pc, func(r client.Record) {
			if stats.Take(r); r.Data == "last" {
				cancel()
			}
		}, func(net.Addr, error) { bad++ })
	}()
	nc, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	for _, b := range [][]byte{nil, []byte("garbage"), bytes.Repeat([]byte("x"), 65500), []byte(`{"time":1}`)} {
		if _, err := nc.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	r, err := client.SendRecords(t.Context(), client.SendConfig{Network: "udp", Addr: pc.LocalAddr().String(), Interval: time.Millisecond, Count: 5, Sequence: true}, client.SendObserver{})
	if err != nil || r.Delivered+r.Missed != 5 {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, text := range []string{
		`{"time":"","data":"x","run":"` + r.Run + `","seq":7,"ns":1}`, `{"time":"","data":"x","run":"` + r.Run + `","seq":6,"ns":1}`,
		`{"time":"","data":"x","run":"` + r.Run + `","seq":6,"ns":1}`, `{"time":"","data":"last"}`,
	} {
		if _, err := nc.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got := stats.Summary()
	if bad != 4 || got.Records != r.Delivered+4 || got.Lost != 1+r.Missed || got.Duplicated != 1 || got.Reordered != 1 || got.Undated != 1 {
		t.Errorf("bad %d, %+v", bad, got)
	}
}

func TestSendRefuses(t *testing.T) {
	for _, c := range []client.SendConfig{{Size: -1}, {Size: 1 << 20}, {Network: "udp", Size: 65400}, {Count: -1}, {Interval: -1}} {
		if _, err := c.Resolve(); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
