package client

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// specs has a row for every framing that Parse knows, and for what differs in
// kind.
func specs(t *testing.T) (all []string) {
	for _, name := range codec.Names() {
		switch name {
		case "fixed":
			name = "fixed:size=512"
		case "delim":
			name = "delim:sep=0d0a2e"
		}
		all = append(all, name)
	}
	all = append(all, "u32+crc32c", "line+crc32c", "eof+crc32c", "fixed+crc32c:size=300", "fixed:size=12", "fixed:size=70000", "delim:sep=7c7c/7e", "u16:max=700", "line:max=300", "length:width=3,trailer=ce,adjust=1")
	for _, s := range all {
		if _, err := codec.Parse(s); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// makesSense tells which workloads a framing can carry; the rest must be
// refused before anything is sent.
func makesSense(t *testing.T, workload, spec string) bool {
	c, err := codec.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	fixed := strings.HasPrefix(spec, "fixed")
	switch workload {
	case Ack:
		return codec.Delimits(c) && (!fixed || codec.Max(c) == 12)
	case Stamp:
		return codec.Delimits(c) && !fixed
	case Stream:
		return !codec.Once(c) && (!fixed || codec.Max(c) >= 16 && codec.Max(c) <= server.StreamMaxSize)
	case Idle:
		return !codec.Once(c)
	}
	return true
}

// Every workload runs over every framing, verified to the byte at the end where
// it arrives.
func TestEveryWorkloadOverEveryFraming(t *testing.T) {
	s := servertest.Start(t, server.Config{Listen: []server.Listener{
		{Network: "tcp", Address: "127.0.0.1:0"}, {Network: "unix", Address: filepath.Join(t.TempDir(), "s")},
	}})
	for _, addr := range s.Addrs() {
		t.Run(addr.Network(), func(t *testing.T) { everyWorkload(t, addr) })
	}
	if n := s.Stats().Truncated; n > 0 {
		t.Errorf("%d streams ended inside a frame", n)
	}
}

func everyWorkload(t *testing.T, addr net.Addr) {
	for _, workload := range Workloads() {
		for _, spec := range specs(t) {
			t.Run(fmt.Sprintf("%s/%s", workload, spec), func(t *testing.T) {
				t.Parallel()
				c := Config{Workload: workload, Network: addr.Network(), Addr: addr.String(), Framing: spec, Conns: 2, Seed: 11, Timeout: 30 * time.Second}
				cod, _ := codec.Parse(spec)
				want := int64(0) // payload bytes
				switch {
				case workload == Idle:
					c.Duration = 100 * time.Millisecond
				case workload == Stream:
					c.Messages, c.Arrival = 20, "20k"
				case workload == Pull || workload == Push || workload == Duplex:
					c.Bytes = 500_000
					want = c.Bytes
					if size := int64(codec.Max(cod)); strings.HasPrefix(spec, "fixed") {
						want = (want + size - 1) / size * size
					}
					if workload == Duplex {
						want *= 2
					}
				case codec.Once(cod):
					c.Messages = 2
				default:
					c.Messages = 101
				}
				r, err := Run(context.Background(), c, Observer{})
				if !makesSense(t, workload, spec) {
					if err == nil || r.Messages > 0 {
						t.Fatalf("was not refused: %d messages, %v", r.Messages, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case want > 0 && r.Payload != want:
					t.Errorf("%d payload bytes, want %d", r.Payload, want)
				case c.Messages > 0 && r.Messages != c.Messages:
					t.Errorf("%d messages, want %d", r.Messages, c.Messages)
				case r.Payload == 0 || r.Wire < r.Payload && workload != Stamp && workload != Ack:
					t.Errorf("%d payload bytes, %d on the wire", r.Payload, r.Wire)
				}
			})
		}
	}
}
