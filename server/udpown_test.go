package server_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
)

func request(kind datagram.Kind, run, sequence, total uint64, r datagram.Request) string {
	return string(r.Append(datagram.Header{Kind: kind, Run: run, Sequence: sequence, Total: total}.Append(nil)))
}

// receive reads one datagram with a header.
func receive(tb testing.TB, c *net.UDPConn) (datagram.Header, []byte) {
	tb.Helper()
	c.SetReadDeadline(time.Now().Add(30 * time.Second)) // whatever a loss before has left of the last one
	h, payload, err := tryReceive(c)
	if err != nil {
		tb.Fatal(err)
	}
	return h, payload
}

func tryReceive(c *net.UDPConn) (h datagram.Header, payload []byte, err error) {
	buf := make([]byte, 64<<10)
	n, err := c.Read(buf)
	if err != nil {
		return h, nil, err
	}
	if h, payload, err = datagram.Parse(buf[:n]); err != nil {
		err = fmt.Errorf("%w: %.100q", err, buf[:n])
	}
	return h, payload, err
}

func expectKind(tb testing.TB, c *net.UDPConn, kind datagram.Kind, run uint64) (datagram.Header, []byte) {
	tb.Helper()
	h, payload := receive(tb, c)
	if h.Kind != kind || h.Run != run {
		tb.Fatalf("got %+v with %.100q, want kind %d of run %d", h, payload, kind, run)
	}
	return h, payload
}

// A file pulled at a rate: what came and what was lost add up to what was sent,
// every byte that came is the one that belongs at its offset.
func TestUDPFile(t *testing.T) {
	s := startUDP(t, "", server.Config{})
	c := dialUDP(t, s.Addr)
	for i, tc := range []struct {
		total uint64
		size  uint32
	}{{0, 0}, {1, 0}, {1 << 20, 1}, {3_000_001, 1400}, {10_000_000, 0}, {1 << 20, 65459}} {
		if tc.size == 1 {
			tc.total = 3000
		}
		run := uint64(i + 1)
		send(t, c, request(datagram.File, run, 0, tc.total, datagram.Request{Seed: 7, Size: tc.size, Rate: 20 << 20}))
		accepted, _ := expectKind(t, c, datagram.Accepted, run)
		var got datagram.Tracker
		for {
			if s.Stats().TransfersDone == int64(i+1) {
				c.SetReadDeadline(time.Now().Add(5 * time.Second)) // the end may be lost too
			}
			h, payload, err := tryReceive(c)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Kind == datagram.End {
				if h.Sequence != accepted.Sequence {
					t.Errorf("the end tells %d datagrams, the beginning %d", h.Sequence, accepted.Sequence)
				}
				break
			}
			if at := pattern.Seeded(7).Check(int64(h.Offset), payload); at >= 0 || h.Total != tc.total || h.Run != run {
				t.Fatalf("%+v: byte %d is wrong", h, at)
			}
			got.Add(h.Sequence, len(payload), time.Duration(time.Now().UnixNano()-h.Sent))
		}
		r := got.Receipt()
		tail := accepted.Sequence - r.Highest - min(1, r.Received) // lost behind the last that came
		if r.Received+r.Lost+tail != accepted.Sequence || r.Duplicated+r.Reordered+r.Late > 0 || r.DelayMin < 0 {
			t.Errorf("%d bytes: %d datagrams sent, counted %+v", tc.total, accepted.Sequence, r)
		}
		if r.Lost+tail == 0 && r.Bytes != tc.total {
			t.Errorf("%d bytes came of %d, and nothing was lost", r.Bytes, tc.total)
		}
	}
	eventually(t, "all ended", func() bool { st := s.Stats(); return st.Transfers == 0 && st.TransfersDone == 6 })
}

// A hundred megabytes in the older client's form come whole, or what is missing
// was lost on the way: the server says how much it sent.
func TestUDPGreatFile(t *testing.T) {
	const total = 100_000_000
	s := startUDP(t, "", server.Config{UDP: server.UDP{Rate: 100 << 20}})
	c := dialUDP(t, s.Addr)
	send(t, c, "100000000")
	expectDatagram(t, c, "file_prepared")
	var got, datagrams int64
	buf := make([]byte, 2048)
	for got < total {
		if s.Stats().TransfersDone > 0 {
			c.SetReadDeadline(time.Now().Add(time.Second)) // whatever has not come by then is lost
		}
		n, err := c.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got, datagrams = got+int64(n), datagrams+1
	}
	eventually(t, "ended", func() bool { return s.Stats().TransfersDone == 1 })
	const sent = (total + 1023) / 1024
	if st := s.Stats(); st.DatagramsOut != sent+1 || st.DatagramBytesOut != total+13 || st.DatagramSendErrors != 0 {
		t.Errorf("%+v", st)
	}
	if lost := sent - datagrams; lost < 0 || lost == 0 && got != total {
		t.Errorf("%d bytes in %d datagrams came of %d in %d", got, datagrams, total, sent)
	} else {
		t.Logf("%d of %d datagrams lost", lost, sent)
	}
}

func TestUDPSink(t *testing.T) {
	s := startUDP(t, "sink", server.Config{})
	c := dialUDP(t, s.Addr)
	const run = 1 << 60
	data := func(sequence uint64) {
		send(t, c, string(datagram.Header{Kind: datagram.Data, Run: run, Sequence: sequence, Sent: time.Now().UnixNano()}.Append(nil))+"12345")
	}
	data(0) // of no run
	for range 2 {
		send(t, c, request(datagram.Sink, run, 0, 0, datagram.Request{}))
		expectKind(t, c, datagram.Accepted, run)
	}
	for _, q := range []uint64{0, 1, 2, 5, 4, 4, 6, 6} {
		data(q)
	}
	for range 2 { // the report may get lost and be asked for again
		send(t, c, string(datagram.Header{Kind: datagram.Report, Run: run}.Append(nil)))
		_, payload := expectKind(t, c, datagram.Report, run)
		r, err := datagram.ParseReceipt(payload)
		if err != nil || r.Received != 8 || r.Bytes != 40 || r.Lost != 1 || r.Duplicated != 2 || r.Reordered != 1 || r.Highest != 6 || r.DelayMin > r.DelayMean || r.DelayMean > r.DelayMax {
			t.Errorf("%+v, %v", r, err)
		}
	}
	other := dialUDP(t, s.Addr)
	send(t, other, string(datagram.Header{Kind: datagram.Report, Run: run}.Append(nil))) // not its run
	send(t, c, string(datagram.Header{Kind: datagram.Stop, Run: run}.Append(nil)))
	data(7)
	eventually(t, "four refused", func() bool { return s.Stats().DatagramsBad == 3 })
}

// A sink that is told what will come names the wrong byte of the lowest offset,
// whatever else it is sent, and no number that a peer makes up ends it.
func TestUDPSinkVerifies(t *testing.T) {
	s := startUDP(t, "sink", server.Config{})
	c := dialUDP(t, s.Addr)
	const size, seed = 100, 7
	content := pattern.Seeded(seed)
	data := func(run, sequence uint64, at int) {
		p := make([]byte, size)
		content.ReadAt(p, int64(sequence%(1<<40)*size))
		if at >= 0 {
			p[at] ^= 0xff
		}
		send(t, c, string(datagram.Header{Kind: datagram.Data, Run: run, Sequence: sequence, Sent: time.Now().UnixNano()}.Append(nil))+string(p))
	}
	report := func(run, offset uint64) datagram.Receipt {
		send(t, c, string(datagram.Header{Kind: datagram.Report, Run: run, Offset: offset}.Append(nil)))
		_, payload := expectKind(t, c, datagram.Report, run)
		r, err := datagram.ParseReceipt(payload)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for run, told := range map[uint64]uint32{1: size, 2: 0} {
		send(t, c, request(datagram.Sink, run, 0, 0, datagram.Request{Seed: seed, Size: told}))
		expectKind(t, c, datagram.Accepted, run)
		for q := range uint64(10) {
			data(run, q, -1)
		}
		if r := report(run, 0); r.Wrong != 0 || r.Received != 10 {
			t.Errorf("of what is right: %+v", r)
		}
		data(run, 30, 5)
		data(run, 20, 99)
		data(run, 20, 42)
		data(run, 25, 0)
		for _, q := range []uint64{1 << 38, 1<<63 - 1, 1<<64 - 1} {
			data(run, q, 50)
		}
		at, got, wrong := report(run, 0).WrongByte()
		if want := content.Slice(2042, 1)[0] ^ 0xff; wrong != (told > 0) || wrong && (at != 2042 || got != want) {
			t.Errorf("announced %d: byte %d is %x, %v; want 2042 and %x", told, at, got, wrong, want)
		}
	}
	if r := report(1, 1); r.DelayMax != 0 || r.Jitter != 0 || r.Received != 17 {
		t.Errorf("delays are not forgotten: %+v", r)
	}
	data(1, 11, -1)
	if r := report(1, 1); r.DelayMax == 0 || r.Received != 18 {
		t.Errorf("the same question again: %+v", r)
	}
	send(t, c, request(datagram.Sink, 3, 0, 0, datagram.Request{Size: datagram.MaxPayload + 1}))
	if _, reason := expectKind(t, c, datagram.Refused, 3); string(reason) != fmt.Sprintf("datagrams of %d bytes, limit %d", datagram.MaxPayload+1, datagram.MaxPayload) {
		t.Errorf("%s", reason)
	}
}

func TestUDPStreamAndStop(t *testing.T) {
	s := startUDP(t, "", server.Config{})
	c := dialUDP(t, s.Addr)
	began := time.Now()
	send(t, c, request(datagram.Stream, 1, 10, 0, datagram.Request{Interval: 5 * time.Millisecond, Size: 100}))
	expectKind(t, c, datagram.Accepted, 1)
	for k := range uint64(10) {
		h, payload := expectKind(t, c, datagram.Data, 1)
		if h.Sequence != k || len(payload) != 100 || pattern.Seeded(0).Check(int64(100*k), payload) >= 0 {
			t.Errorf("datagram %d is %+v", k, h)
		}
		if least := time.Duration(k+1) * 5 * time.Millisecond; time.Since(began) < least {
			t.Errorf("datagram %d came after %v, before it was due at %v", k, time.Since(began), least)
		}
	}
	expectKind(t, c, datagram.End, 1)

	// The same request twice is one stream, and it ends when its peer says so.
	for range 2 {
		send(t, c, request(datagram.Stream, 2, 10000, 0, datagram.Request{Interval: time.Minute}))
	}
	expectKind(t, c, datagram.Accepted, 2)
	if n := s.Stats().Transfers; n != 1 {
		t.Errorf("%d transfers", n)
	}
	send(t, c, string(datagram.Header{Kind: datagram.Stop, Run: 2}.Append(nil)))
	eventually(t, "stopped", func() bool { st := s.Stats(); return st.Transfers == 0 && st.TransfersEnded == 1 })
}

func TestUDPRefusals(t *testing.T) {
	s := startUDP(t, "", server.Config{Limits: server.Limits{MaxTransfer: 1000, DrainTimeout: time.Millisecond}, UDP: server.UDP{Transfers: 1}})
	c := dialUDP(t, s.Addr)
	wrong := []byte(request(datagram.File, 1, 0, 1, datagram.Request{}))
	wrong[3] = 9
	for _, tc := range []struct{ send, want string }{
		{request(datagram.File, 1, 0, 1001, datagram.Request{}), "file too long: 1001 bytes, limit 1000"},
		{request(datagram.File, 1, 0, 1<<63, datagram.Request{}), "file too long"},
		{request(datagram.File, 1, 0, 1, datagram.Request{Size: 65460}), "datagrams of 65460 bytes, limit 65459"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{}), "interval 0s: want more than 0, limit 1m0s"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{Interval: 61 * time.Second}), "interval 1m1s"},
		{request(datagram.Stream, 1, 1, 0, datagram.Request{Interval: -1}), "interval -1ns"},
		{request(datagram.File, 1, 0, 1, datagram.Request{}) + "x", "request of 53 bytes, want 52"},
		{request(77, 1, 0, 1, datagram.Request{}), "kind 77 is not served here"},
		{string(wrong), "version 9 is not spoken here, only 1"},
	} {
		send(t, c, tc.send)
		h, reason := receive(t, c)
		if h.Kind != datagram.Refused || !strings.Contains(string(reason), tc.want) {
			t.Errorf("%+v %q, want a refusal with %q", h, reason, tc.want)
		}
	}
	send(t, c, "LF\x00") // too short for an answer
	send(t, c, "stream-60000-1")
	eventually(t, "one transfer", func() bool { return s.Stats().Transfers == 1 })
	send(t, c, "5")
	expectDatagram(t, c, "ERR too many transfers: limit 1")
	send(t, c, request(datagram.Sink, 1, 0, 0, datagram.Request{}))
	if _, reason := expectKind(t, c, datagram.Refused, 1); string(reason) != "too many transfers: limit 1" {
		t.Errorf("%q", reason)
	}
}

// Thousands of timed streams, to a hundred peers, run on few threads; each
// keeps its count.
func TestUDPManyStreams(t *testing.T) {
	const peers, each, packets = 100, 30, 5
	s := startUDP(t, "", server.Config{})
	threads := threadCount(t)
	most := int64(0)
	var done sync.WaitGroup
	for range peers {
		c := dialUDP(t, s.Addr)
		done.Go(func() {
			ask := func(run uint64) {
				if _, err := c.Write([]byte(request(datagram.Stream, run, packets, 0, datagram.Request{Interval: 200 * time.Millisecond, Size: 16}))); err != nil {
					t.Error(err)
				}
			}
			ask(0)
			var runs [each]datagram.Tracker
			ended := 0
			buf := make([]byte, 2048)
			for ended < each {
				n, err := c.Read(buf)
				if err != nil {
					t.Error(err)
					return
				}
				h, payload, err := datagram.Parse(buf[:n])
				if err != nil || h.Run >= each {
					t.Errorf("%+v, %v", h, err)
					return
				}
				switch h.Kind {
				case datagram.Accepted: // one request at a time: none gets lost
					if h.Run+1 < each {
						ask(h.Run + 1)
					}
				case datagram.Data:
					runs[h.Run].Add(h.Sequence, len(payload), 0)
				case datagram.End:
					ended++
					if r := runs[h.Run].Receipt(); r.Received != packets || r.Lost+r.Duplicated+r.Reordered > 0 {
						t.Errorf("run %d: %+v", h.Run, r)
					}
				}
			}
		})
	}
	finished := make(chan struct{})
	go func() { done.Wait(); close(finished) }()
	for running := true; running; {
		select {
		case <-finished:
			running = false
		case <-time.After(10 * time.Millisecond): // samples a gauge
			most = max(most, s.Stats().Transfers)
		}
	}
	if more := threadCount(t) - threads; more > 20 {
		t.Errorf("%d threads more for up to %d streams at a time", more, most)
	}
	t.Logf("up to %d streams at a time", most)
	eventually(t, "all ended", func() bool { st := s.Stats(); return st.Transfers == 0 && st.TransfersDone == peers*each })
}

func threadCount(tb testing.TB) int {
	tb.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", os.Getpid()))
	if err != nil {
		tb.Fatal(err)
	}
	return len(tasks)
}
