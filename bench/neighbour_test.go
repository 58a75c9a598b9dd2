package bench

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// What neighbours send is what they are called after: a claim and a dribble are
// no whole frame, a head never ends, a flood is many short frames.
func TestNeighbours(t *testing.T) {
	for _, c := range Contenders() {
		if c.Floor != "" {
			continue
		}
		cod, err := codec.Parse(c.Framing)
		if err != nil {
			t.Fatal(err)
		}
		frames := func(b []byte) (n, bytes int, err error) {
			s := codec.NewStream(cod)
			for frame, ferr := range s.Feed(b) {
				if ferr != nil {
					return n, bytes, ferr
				}
				n, bytes = n+1, bytes+len(frame)
			}
			return n, bytes, nil
		}
		for _, k := range neighbourKinds {
			n, refused := k.of(cod)
			if refused != "" {
				if k.name != "head" {
					t.Errorf("%s: %s", c.Name, refused)
				}
				continue
			}
			got, bytes, err := frames(append(n.once[:len(n.once):len(n.once)], n.step...))
			switch k.name {
			case "claim":
				if got != 0 || err != nil || len(n.once) == 0 || n.step != nil {
					t.Errorf("%s: a claim is %d frames, %v", c.Name, got, err)
				}
			case "head":
				if got != 0 || len(n.step) != floodBytes {
					t.Errorf("%s: an endless head ends after %d frames", c.Name, got)
				}
			case "dribble":
				if got != 1 || err != nil || !n.single {
					t.Errorf("%s: what dribbles are %d frames, %v", c.Name, got, err)
				}
			case "flood":
				if err != nil || got < 8 || c.Name != "fixed" && bytes > got {
					t.Errorf("%s: a flood is %d frames of %d bytes, %v", c.Name, got, bytes, err)
				}
			case "deaf":
				if err != nil || got < 8 || !n.deaf {
					t.Errorf("%s: %d requests, %v", c.Name, got, err)
				}
			}
		}
	}
}

// started returns the servers of the default contenders, for as long as the test lasts.
func started(t *testing.T) *servers {
	t.Helper()
	s, err := startServers(command(t), "", Contenders())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Beside every neighbour the server answers others, and when they are ended
// nothing of them is left.
func TestBesieged(t *testing.T) {
	s := started(t)
	for _, k := range neighbourKinds {
		for _, contender := range []report.Contender{{Name: "uvarint", Framing: "uvarint"}, {Name: "line", Framing: "line"}} {
			points, err := Points([]string{"neighbour=" + k.name})
			if err != nil {
				t.Fatal(err)
			}
			x, err := newCell(contender, points[1], 1, false)
			if err != nil || x.refused != "" {
				t.Fatal(x.refused, err)
			}
			c := x.config
			c.Addr, c.Messages = s.addr, 2000
			tr, err := x.measure(context.Background(), s, c)
			if err != nil || tr.messages != 2000 {
				t.Errorf("%s beside %s: %+v, %v", contender.Name, k.name, tr, err)
			}
		}
	}
	if _, err := s.settled(func(u used) bool { return u.Conns == 0 }); err != nil {
		t.Fatal("connections are left:", err)
	}
}

// The neighbours are there before the measuring begins, and do what they are
// for: the server counts what four of them send.
func TestNeighboursAreThere(t *testing.T) {
	s := started(t)
	cod, _ := codec.Parse("u32")
	end, err := besiege(context.Background(), s.addr, cod, "flood")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := s.ours.used(); err != nil || u.Conns != neighbours {
		t.Errorf("%d connections, want %d; %v", u.Conns, neighbours, err)
	}
	if _, err := s.settled(func(u used) bool { return u.FramesIn >= 1000 }); err != nil {
		t.Fatal("fewer than 1000 frames:", err)
	}
	end()
	if _, err := besiege(context.Background(), s.addr, cod, "head"); err == nil {
		t.Error("an endless head where heads have a fixed size")
	}
}

// The bare echo returns what it reads, counts its calls, and ends its
// connections when it is stopped.
func TestBareEcho(t *testing.T) {
	b, err := startBareEcho()
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Run(context.Background(), client.Config{Workload: client.Echo, Framing: "raw", Plain: true, Addr: b.listener.Addr().String(), Messages: 100, Depth: 4}, client.Observer{})
	if err != nil || r.Messages != 100 || b.reads.Load() < 1 || b.writes.Load() < 1 {
		t.Errorf("%d messages, %d reads, %d writes, %v", r.Messages, b.reads.Load(), b.writes.Load(), err)
	}
	c, err := net.Dial("tcp", b.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	b.stop()
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("after the stop: %v", err)
	}
}

// A connection inside a frame costs about what the framing has to keep of it.
func TestMemory(t *testing.T) {
	s := started(t)
	points, err := Points([]string{"size=1MiB"})
	if err != nil {
		t.Fatal(err)
	}
	points = append([]report.Point{Base()}, points[1])
	all, err := cells([]report.Contender{{Name: "u32", Framing: "u32"}, {Name: "cobs", Framing: "cobs"}, {Name: "bare-echo", Framing: "raw", Floor: floorLoop}}, points, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.contender.Floor != "" {
			if x.holdsMemory(s) {
				t.Error("the memory of the bare echo")
			}
			continue
		}
		half := float64(constantSize(x.point)) / 2
		got, err := x.memory(context.Background(), s)
		least := half / 2
		if x.point.Name == "base" {
			least = 0 // less than what the runtime gives back meanwhile
		}
		if err != nil || got < least || got > 8*half+64<<10 {
			t.Errorf("%s at %s: %.0f bytes for half a message of %.0f: %v", x.contender.Name, x.point.Name, got, half, err)
		}
	}
}
