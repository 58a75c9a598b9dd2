package client

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// journey is one way on which content goes, in frames of size bytes of it each.
type journey struct {
	workload string
	up       bool
}

func (j journey) String() string {
	if j.up {
		return j.workload + "/up"
	}
	return j.workload + "/down"
}

var journeys = []journey{
	{Pull, false}, {Push, true}, {Duplex, true}, {Duplex, false}, {Echo, true}, {Echo, false}, {Stamp, true}, {Stamp, false},
	{Stream, false}, {Churn, true}, {Churn, false}, {Ack, true},
}

// before is what stands before the content in each frame, as far as its size goes.
func (j journey) before(c *Config) string {
	switch {
	case j.workload == Stamp && !j.up:
		return "[" + strings.Repeat("1", stampSize-3) + "] "
	case j.workload == Stream:
		return strings.Repeat("1", c.streamHeader())
	}
	return ""
}

// aside is how many frames go the way first that are no part of the run.
func (j journey) aside(cod codec.Codec) int64 {
	if j.workload == Stamp && !codec.Once(cod) {
		return calibrations
	}
	return 0
}

// spot returns where on the wire, behind a session's opening, byte at of content
// lies, and what a change of its lowest bit makes of it. ok is false where there
// is no one place: a checksum stands behind it, or stuffing makes the size of a
// frame depend on what is not known.
func (j journey) spot(c *Config, cod codec.Codec, content pattern.Content, size int64, at int64) (offset int64, to byte, ok bool) {
	before := j.before(c)
	if _, verbatim := cod.(codec.Enveloper); before != "" && !verbatim {
		return 0, 0, false
	}
	frame := func(n int64) []byte {
		p := make([]byte, int64(len(before))+size)
		copy(p, before)
		content.ReadAt(p[len(before):], n*size)
		return p
	}
	encode := func(p []byte) []byte { b, _ := cod.Append(nil, p); return b }
	for range j.aside(cod) {
		offset += int64(len(encode(frame(0))))
	}
	if j.workload != Churn { // there each frame has a connection
		for n := range at / size {
			offset += int64(len(encode(frame(n))))
		}
	}
	p := frame(at / size)
	good := encode(p)
	p[int64(len(before))+at%size] ^= 1
	bad := encode(p)
	if len(bad) != len(good) {
		return 0, 0, false
	}
	diff := -1
	for i := range good {
		if good[i] != bad[i] {
			if diff >= 0 {
				return 0, 0, false
			}
			diff = i
		}
	}
	return offset + int64(diff), bad[diff], true
}

// One byte is changed on its way. The run names its offset, what came and what
// should have come, whatever the workload, the framing and the transport; where
// a checksum stands in between, that finds it, and the run fails all the same.
func TestFirstBadOffset(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{
		{Network: "tcp", Address: "127.0.0.1:0"}, {Network: "unix", Address: filepath.Join(t.TempDir(), "s")},
	}})
	for _, addr := range s.Addrs() {
		framings := specs(t)
		if addr.Network() == "unix" { // the framings are the same: verbatim, none, searched
			framings = []string{"u32", "raw", "line", "cobs"}
		}
		for _, j := range journeys {
			for _, spec := range framings {
				// Text cuts messages as time goes; of bulk that does not show.
				if makesSense(t, j.workload, spec) && (spec != "text" || makesBulk(j.workload)) {
					t.Run(fmt.Sprintf("%s/%v/%s", addr.Network(), j, spec), func(t *testing.T) {
						t.Parallel()
						firstBadOffset(t, addr.Network(), addr.String(), j, spec)
					})
				}
			}
		}
	}
}

func firstBadOffset(t *testing.T, network, addr string, j journey, spec string) {
	cod, _ := codec.Parse(spec)
	c := Config{Workload: j.workload, Network: network, Framing: spec, Seed: 3, Size: 230}
	if n, exact := exactSize(cod); exact {
		c.Size = n
	}
	at := int64(53*c.Size + c.Size*2/3)
	c.Messages = 100
	switch {
	case j.workload == Pull || j.workload == Push || j.workload == Duplex:
		at, c.Bytes, c.Messages = 123_456, 300_000, 0
	case j.workload == Stream:
		c.Arrival = "20k"
	case codec.Once(cod) && j.workload != Churn:
		at, c.Messages = at%int64(c.Size), 1
	}
	resolved, _, err := c.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	seed := c.Seed
	if j.workload == Duplex && j.up {
		seed++
	}
	content, size := resolved.content(seed), int64(resolved.Size)
	if c.Bytes > 0 && !codec.Delimits(cod) {
		size = c.Bytes
	} else if j.workload == Stream {
		size -= int64(resolved.streamHeader())
	}
	offset, to, exact := j.spot(&resolved, cod, content, size, at)
	if _, verbatim := cod.(codec.Enveloper); verbatim && !exact {
		t.Fatal("a payload that travels as it is has one place on the wire, and it is not found")
	}
	r := relay{network: network}
	run := func(timeout time.Duration) (res Result, err error, passed bool) {
		found := r.flip(j, offset, at/size, to, exact)
		c.Addr, c.Timeout = r.start(t, addr), timeout
		res, err = Run(context.Background(), c, Observer{})
		return res, err, found.Load()
	}
	if !exact { // the peer may wait for what is never sent
		Patiently(t, 300*time.Millisecond, func(timeout time.Duration) error {
			if res, err, passed := run(timeout); err == nil || !passed {
				return fmt.Errorf("%d bytes passed, the byte among them: %v, %v", res.Payload, passed, err)
			}
			return nil
		})
		return
	}
	res, err, passed := run(time.Minute)
	want := fmt.Sprintf("byte %d is 0x%02x, expected 0x%02x", at, content.Slice(at, 1)[0]^1, content.Slice(at, 1)[0])
	if j.workload == Ack { // the server's checksum of a message tells
		want = fmt.Sprintf("receipt %d tells CRC-32C", at/size)
	}
	if err == nil || !passed || !strings.Contains(err.Error(), want) || res.VerifyErrors < 1 || res.Faults[FaultVerify] != 1 {
		t.Errorf("passed %t, %v, %d verify errors, faults %v; want %s", passed, err, res.VerifyErrors, res.Faults, want)
	}
}

// flip has r change the byte at offset behind the opening of a connection, of the
// one for a frame in a churn, and tells whether it passed.
func (r *relay) flip(j journey, offset, frame int64, to byte, exact bool) *atomic.Bool {
	var found atomic.Bool
	var connection atomic.Int64 // the last one's number
	connection.Store(-1)
	r.do = func(up bool, from int64, b []byte) fate {
		if up != j.up {
			return pass
		}
		if from == 0 {
			connection.Add(1)
		}
		here := j.workload != Churn || connection.Load() == frame
		if here && from <= offset && offset < from+int64(len(b)) {
			found.Store(true)
			if b[offset-from] ^= 1; exact {
				b[offset-from] = to
			}
		}
		return pass
	}
	return &found
}

func makesBulk(workload string) bool {
	return workload == Pull || workload == Push || workload == Duplex || workload == Stream
}
