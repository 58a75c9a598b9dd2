package server_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
)

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
