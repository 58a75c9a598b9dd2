package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
)

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
