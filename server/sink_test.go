package server_test

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// sinkReport is what a client reads of a sink's report.
type sinkReport struct {
	Schema        string
	Bytes, Frames int64
	WireBytes     int64  `json:"wire_bytes"`
	FirstNS       int64  `json:"first_ns"`
	LastNS        int64  `json:"last_ns"`
	VerifyErrors  int64  `json:"verify_errors"`
	Offset        *int64 `json:"first_bad_offset"`
	Expected, Got *byte
}

func readReport(tb testing.TB, r io.Reader) (rep sinkReport) {
	tb.Helper()
	var head [4]byte
	_, err := io.ReadFull(r, head[:])
	b := make([]byte, binary.BigEndian.Uint32(head[:]))
	if err == nil {
		_, err = io.ReadFull(r, b)
	}
	if err == nil {
		err = json.Unmarshal(b, &rep)
	}
	if err != nil {
		tb.Fatalf("report %q: %v", b, err)
	}
	return rep
}

// A push is checked where it arrives: the report names the first byte that is
// wrong, and counts exactly.
func TestSinkVerifies(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	content := pattern.Seeded(5)
	const frame, frames = 100_001, 20
	for _, tc := range []struct {
		name, verify string
		spoil        func(i int, payload []byte) []byte
		bad          int64 // frames
		offset       int64
	}{
		{"good", "verify=full seed=5", nil, 0, 0},
		{"damaged", "verify=full seed=5", func(i int, p []byte) []byte {
			if i == 7 {
				p[3] ^= 0x40
			}
			return p
		}, 1, 7*frame + 3},
		{"another seed", "verify=full seed=6", nil, frames, -1},
		{"not looked at", "verify=length", func(_ int, p []byte) []byte { p[0] ^= 1; return p }, 0, 0},
		{"not looked at either", "", func(_ int, p []byte) []byte { p[0] ^= 1; return p }, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := open(t, s.Addr, "framing=u32 handler=sink "+tc.verify)
			before := time.Now()
			for i := range frames {
				p := make([]byte, 4+frame)
				binary.BigEndian.PutUint32(p, frame)
				content.ReadAt(p[4:], int64(i)*frame)
				if tc.spoil != nil {
					tc.spoil(i, p[4:])
				}
				send(t, c, string(p))
			}
			check := func(rep sinkReport, wire int64) {
				t.Helper()
				first, last := time.Unix(0, rep.FirstNS), time.Unix(0, rep.LastNS)
				if rep.Schema != "loadframe.sink/1" || rep.Bytes != frame*frames || rep.Frames != frames || rep.WireBytes != wire ||
					rep.VerifyErrors != tc.bad || first.Before(before) || last.Before(first) || last.After(time.Now()) {
					t.Errorf("report %+v", rep)
				}
				switch {
				case (rep.Offset != nil) != (tc.bad > 0):
					t.Errorf("report %+v", rep)
				case tc.bad == 1:
					want := content.Slice(tc.offset, 1)[0]
					if *rep.Offset != tc.offset || *rep.Expected != want || *rep.Got != want^0x40 {
						t.Errorf("first bad byte at %d: expected %d, got %d", *rep.Offset, *rep.Expected, *rep.Got)
					}
				}
			}
			send(t, c, "\x00\x00\x00\x00") // an empty frame asks
			check(readReport(t, c), (4+frame)*frames+4)
			c.CloseWrite() // and so does the end
			check(readReport(t, c), (4+frame)*frames+4)
			expectEOF(t, c)
		})
	}
}

// A report fits into a framing of 255 bytes, and raw bytes count as they come.
func TestSinkReports(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	c := open(t, s.Addr, "framing=u8 handler=sink verify=full")
	send(t, c, strings.Repeat("\xff"+strings.Repeat("x", 255), 1000)+"\x00")
	if b := recv(t, c, 1); b[0] < 200 {
		t.Errorf("a report of %d bytes", b[0])
	}
	c = open(t, s.Addr, "framing=raw handler=sink")
	send(t, c, strings.Repeat("x", 100_000))
	c.CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(b), `"bytes":100000,`) || !strings.Contains(string(b), `"wire_bytes":100000,`) {
		t.Errorf("%s, %v", b, err)
	}
	c = open(t, s.Addr, "framing=u32 handler=sink:once")
	send(t, c, "\x00\x00\x00\x01x\x00\x00\x00\x00")
	if rep := readReport(t, c); rep.Bytes != 1 {
		t.Errorf("%+v", rep)
	}
	expectEOF(t, c)
}
