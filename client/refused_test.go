package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// What the server refuses is told in its own words.
func TestRefusalIsTold(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 1000, MaxTransfer: 5000}})
	mustFail(t, client.Config{Workload: client.Echo, Addr: s.Addr, Size: 1001, Messages: 1}, "1001", "1000")
	mustFail(t, client.Config{Workload: client.Echo, Handler: "nonsense", Addr: s.Addr, Messages: 1}, "nonsense", "echo")
	mustFail(t, client.Config{Workload: client.Pull, Handler: "generate", Addr: s.Addr, Size: 1001, Bytes: 2000}, "1001", "1000")
	// More than one transfer may be takes several.
	r, err := client.Run(context.Background(), client.Config{Workload: client.Pull, Addr: s.Addr, Size: 1000, Bytes: 12_345}, client.Observer{})
	if err != nil || r.Payload != 12_345 {
		t.Errorf("%d bytes, %v", r.Payload, err)
	}
}

// A file over the limit is refused in the framing, whatever that can carry: where
// all frames have one size, or one message is all there is, too.
func TestRefusedFileIsToldInEveryFraming(t *testing.T) {
	const file, limit = 8192, 5000
	for _, network := range []string{"tcp://127.0.0.1:0", "unix://" + t.TempDir() + "/s"} {
		var listeners []server.Listener
		framings := []string{"auto", "fixed:size=1024", "fixed:size=16", "u32", "u32:max=20", "line:max=20", "raw", "eof"}
		for i, framing := range framings {
			url := network + "?handler=generate&framing=" + framing
			if network[0] == 'u' {
				url = fmt.Sprintf("%s%d?handler=generate&framing=%s", network, i, framing)
			}
			if framing == "auto" {
				url = strings.Replace(url, "generate", "command", 1)
			}
			l, err := server.ParseListener(url)
			if err != nil {
				t.Fatal(err)
			}
			listeners = append(listeners, l)
		}
		s := servertest.Start(t, server.Config{Listen: listeners, Limits: server.Limits{MaxTransfer: limit}})
		config := func(i int, framing string) client.Config {
			a := s.Addrs()[i]
			return client.Config{Workload: client.Pull, Network: a.Network(), Addr: a.String(), Framing: framing, Bytes: file, Plain: true}
		}
		for i, framing := range framings[1:] {
			refused(t, config(1+i, framing), "refused by the server: generate: file too long: 8192 bytes, limit 5000")
		}
		for _, framing := range []string{"raw", "text", "eof"} {
			c := config(0, framing)
			refused(t, c, "refused by the server: Request for file of 8192 chars. Server limit is: 5000 chars.")
			c.Verify = client.VerifyNone
			refused(t, c, "refused by the server: Request for file of 8192 chars. Server limit is: 5000 chars.")
		}
		c := config(0, "eof")
		c.Plain = false
		refused(t, c, "refused by the server: generate: file too long: 8192 bytes, limit 5000")
		c.Framing = "fixed:size=8192" // one frame is more than a transfer
		mustFail(t, c, "size 8192 is over the server's limit of 5000 bytes a transfer")
	}
}

// Who is not let in is told so before there is a framing, which makes something else of it: of ERR and a blank a length of 1.1 GB.
func TestRefusedConnectionIsToldInEveryFraming(t *testing.T) {
	for _, tc := range []struct{ workload, framing string }{
		{client.Echo, "u32"}, {client.Echo, "raw"}, {client.Ack, "fixed:size=12"}, {client.Ack, "u32"}, {client.Churn, "u32"},
		{client.Push, "u32"}, {client.Push, "raw"}, {client.Pull, "u32"}, {client.Pull, "line"}, {client.Pull, "raw"},
	} {
		message := strings.Repeat("\x00", 11) + "\n" // in all of these framings
		if tc.framing == "u32" {
			message = strings.Repeat("\x00", 12)
		}
		s := fullServer(t, tc.framing, message)
		refused(t, client.Config{Workload: tc.workload, Addr: s.Addr, Framing: tc.framing, Plain: true, Duration: 300 * time.Millisecond}, "refused by the server: too many connections: limit 1")
	}
}

// Nor is a refusal overlooked where no answer is expected.
func TestRefusalWithoutAQuestion(t *testing.T) {
	l, err := server.ParseListener("tcp://127.0.0.1:0?handler=sink&framing=u32")
	if err != nil {
		t.Fatal(err)
	}
	auto := server.Listener{Network: "tcp", Address: "127.0.0.1:0"}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{l, auto}, Limits: server.Limits{MaxFrame: 1000, IdleTimeout: 100 * time.Millisecond}})
	refused(t, client.Config{Workload: client.Push, Addr: s.Addrs()[0].String(), Size: 2000, Plain: true, Duration: 300 * time.Millisecond},
		"refused by the server: codec: frame too long: 2000 bytes, limit 1000")
	for _, framing := range []string{"u32", "fixed:size=16", "raw"} {
		refused(t, client.Config{Workload: client.Idle, Addr: s.Addrs()[1].String(), Framing: framing, Duration: time.Minute}, "refused by the server: idle timeout: no bytes for 100ms")
	}
}

func refused(t *testing.T, c client.Config, want string) {
	t.Helper()
	r := mustFail(t, c, want)
	if r.Faults[client.FaultRefused] != 1 || r.VerifyErrors != 0 {
		t.Errorf("%s, plain %v: faults %v, %d verify errors", c.Framing, c.Plain, r.Faults, r.VerifyErrors)
	}
}

// fullServer starts a server that lets nobody in: who has sent it the message, and had
// it back, is all that it takes.
func fullServer(t *testing.T, framing, message string) *servertest.Server {
	t.Helper()
	l, err := server.ParseListener("tcp://127.0.0.1:0?handler=echo&framing=" + framing)
	if err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t, server.Config{Listen: []server.Listener{l}, Limits: server.Limits{MaxConns: 1}})
	one, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { one.Close() })
	if _, err := io.WriteString(one, message); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(one, make([]byte, len(message))); err != nil {
		t.Fatal(err)
	}
	return s
}
