package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// instancesOf asks the stats handler until no session of the instance is open.
func instancesOf(t *testing.T, addr, name string) []server.InstanceTraffic {
	t.Helper()
	c := open(t, addr, "framing=text handler=stats instance="+name)
	for deadline := time.Now().Add(30 * time.Second); ; {
		send(t, c, "?\n")
		var d struct{ Instances []server.InstanceTraffic }
		if err := json.NewDecoder(c).Decode(&d); err != nil {
			t.Fatal(err)
		}
		open := int64(0)
		for _, i := range d.Instances {
			open += i.Conns
		}
		if open == 0 || time.Now().After(deadline) {
			return d.Instances
		}
	}
}

// talk opens a session, has n messages of two bytes echoed, and closes it.
func talk(t *testing.T, addr, more string, n int) {
	t.Helper()
	c := open(t, addr, "framing=u16 handler=echo"+more)
	send(t, c, strings.Repeat("\x00\x02hi", n))
	c.CloseWrite()
	if b, err := io.ReadAll(c); err != nil || len(b) != 4*n {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	c.Close()
}

// What each client instance moves is counted apart, to the byte, and in the
// server's sums as before.
func TestInstancesAreCounted(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	for range 2 {
		talk(t, s.Addr, " instance=run.1of2", 3)
		talk(t, s.Addr, " instance=run.2of2", 5)
		talk(t, s.Addr, "", 7)
	}
	want := []server.InstanceTraffic{
		{Name: "run.1of2", Sessions: 2, BytesIn: 24, BytesOut: 24, PayloadIn: 12, PayloadOut: 12, FramesIn: 6, FramesOut: 6},
		{Name: "run.2of2", Sessions: 2, BytesIn: 40, BytesOut: 40, PayloadIn: 20, PayloadOut: 20, FramesIn: 10, FramesOut: 10},
	}
	if got := instancesOf(t, s.Addr, "*"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := instancesOf(t, s.Addr, "run.2of2"); fmt.Sprint(got) != fmt.Sprint(want[1:]) {
		t.Errorf("one: %v", got)
	}
	if got := instancesOf(t, s.Addr, "nobody"); len(got) != 0 {
		t.Errorf("an instance that never came: %v", got)
	}
	for _, k := range s.Traffic() {
		if k.Handler == "echo" && k.FramesIn != 30 {
			t.Errorf("of all: %d frames, want 30", k.FramesIn)
		}
	}
	c := dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u16 handler=echo instance="+strings.Repeat("x", 65)+"\n")
	if b, _ := io.ReadAll(c); !strings.Contains(string(b), "has 65 bytes, limit 64") {
		t.Errorf("a long name: %q", b)
	}
	c = dial(t, s.Addr)
	send(t, c, "LOADFRAME/1 framing=u16 handler=echo instance=a\x1b[2Jb\n")
	if b, _ := io.ReadAll(c); !strings.HasPrefix(string(b), "ERR ") {
		t.Errorf("a name that a terminal obeys: %q", b)
	}
}

// However many names a peer makes up, the server keeps 512 of them: those
// without a connection make room, and what they counted stays in the sums.
func TestInstanceNamesAreBounded(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const names = 600
	stay := open(t, s.Addr, "framing=u16 handler=echo instance=stays")
	for i := range names {
		talk(t, s.Addr, fmt.Sprintf(" instance=hostile-%d", i), 1)
	}
	send(t, stay, "\x00\x02hi")
	recv(t, stay, 4)
	stay.Close()
	got := instancesOf(t, s.Addr, "*")
	if len(got) > 513 {
		t.Errorf("%d names are kept", len(got))
	}
	frames := int64(0)
	for _, i := range got {
		if i.Name == "stays" && i.FramesIn != 1 {
			t.Errorf("the one with a connection lost its count: %+v", i)
		}
		frames += i.FramesIn
	}
	if frames >= names {
		t.Errorf("%d frames in %d names: none made room", frames, len(got))
	}
	for _, k := range s.Traffic() {
		if k.Handler == "echo" && k.FramesIn != names+1 {
			t.Errorf("of all: %d frames, want %d", k.FramesIn, names+1)
		}
	}
}
