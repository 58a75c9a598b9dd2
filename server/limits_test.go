package server_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A connection without a byte for the idle timeout is told so in its framing
// and closed; one that says something now and then is not.
func TestIdleTimeout(t *testing.T) {
	for _, tc := range []struct{ opening, want string }{
		{"", "ERR idle timeout: no bytes for 300ms\n"}, // not a byte since it was made
		{"SYN\n", "ACK!ERR idle timeout: no bytes for 300ms\n"},
		{"LOADFRAME/1 framing=u8 handler=echo\n", "\x24ERR idle timeout: no bytes for 300ms"},
		{"LOADFRAME/1 framing=u8 handler=echo\n\x05hal", "\x24ERR idle timeout: no bytes for 300ms"}, // in mid-frame
	} {
		t.Run(tc.opening, func(t *testing.T) {
			t.Parallel()
			patiently(t, 300*time.Millisecond, func(idle time.Duration) error {
				s := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: idle}})
				made := time.Now()
				start := made
				c := dial(t, s.Addr)
				if tc.opening != "" {
					start = time.Now()
					send(t, c, tc.opening)
				}
				if time.Since(made) > idle {
					return errors.New("idle before it had said anything")
				}
				if strings.HasPrefix(tc.opening, "LOADFRAME") {
					readLine(c)
				}
				b, err := io.ReadAll(c)
				if want := strings.ReplaceAll(tc.want, "300ms", idle.String()); string(b) != want || err != nil {
					t.Errorf("%q, %v, want %q", b, err, want)
				}
				if d := time.Since(start); d < idle-10*time.Millisecond {
					t.Errorf("closed after %v already", d)
				}
				return nil
			})
		})
	}
	t.Run("a word now and then", func(t *testing.T) {
		t.Parallel()
		patiently(t, 300*time.Millisecond, func(idle time.Duration) error {
			s := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: idle}})
			last := time.Now()
			c := dial(t, s.Addr)
			for range 10 {
				time.Sleep(idle / 5) // less than the timeout by far; all of them together are more
				got, ok := served(c)
				if !ok && time.Since(last) > idle {
					return errors.New("idle indeed")
				}
				if !ok {
					t.Fatalf("%q", got)
				}
				last = time.Now()
			}
			return nil
		})
	})
}

func TestIdleTimeoutCounts(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: 20 * time.Millisecond}})
	const peers = 1500
	for range peers {
		dial(t, s.Addr)
	}
	eventually(t, "all closed", func() bool { return s.Refusals()["idle_timeout"] == peers })
}

// One idle connection among more busy ones than one look takes is found.
func TestIdleTimeoutAmongMany(t *testing.T) {
	s := servertest.Start(t, server.Config{Loops: 1, Limits: server.Limits{IdleTimeout: time.Second}})
	idle := dial(t, s.Addr)
	closed := make(chan error, 1)
	go func() { _, err := io.ReadAll(idle); closed <- err }()
	var busy []net.Conn
	for range 600 {
		busy = append(busy, dial(t, s.Addr))
	}
	eventually(t, "the idle one closed", func() bool {
		for _, c := range busy {
			_, _ = io.WriteString(c, "\n")
		}
		return len(closed) > 0
	})
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A transfer that goes on is not idle, however long it takes; and who is owed
// something falls under the stall timeout.
func TestIdleTimeoutLeavesTransfersAlone(t *testing.T) {
	patiently(t, 40*time.Millisecond, func(idle time.Duration) error {
		s := servertest.Start(t, server.Config{Limits: server.Limits{IdleTimeout: idle}})
		c := dial(t, s.Addr)
		const n = 50_000_000
		send(t, c, "50000000\n")
		eventually(t, "on the lane", func() bool { return s.Stats().Lanes == 1 || s.Refusals()["idle_timeout"] > 0 })
		if s.Stats().Lanes == 0 {
			return errors.New("idle before it had asked")
		}
		time.Sleep(5 * idle) // in which nothing moves
		expect(t, c, "file_prepared")
		if got, err := io.Copy(io.Discard, io.LimitReader(c, n)); got != n {
			t.Errorf("%d bytes of %d, %v", got, n, err)
		}
		return nil
	})
}

// A connection gets and gives no more than its rate, and no byte is lost by
// that; others do not wait for it, nor it for them.
func TestMaxRate(t *testing.T) {
	const rate = 1 << 20
	s := servertest.Start(t, server.Config{Loops: 1, Limits: server.Limits{MaxRate: rate}})
	for _, tc := range []struct {
		name string
		send string
		n    int64
	}{
		{"down", "LOADFRAME/1 framing=raw handler=generate\n524288", 512 << 10},
		{"both ways", "LOADFRAME/1 framing=raw handler=echo\n" + strings.Repeat("x", 512<<10), 512 << 10},
		{"small requests", "LOADFRAME/1 framing=u16 handler=echo\n" + strings.Repeat("\x00\x0cabcdefghijkl", 32<<10), 14 * 32 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, s.Addr)
			start := time.Now()
			go io.WriteString(c, tc.send)
			readLine(c)
			if got, err := io.Copy(io.Discard, io.LimitReader(c, tc.n)); got != tc.n {
				t.Errorf("%d bytes of %d, %v", got, tc.n, err)
			}
			// A tenth of a second's share may go at once, and the last chunk is
			// paid for after it.
			if d, least := time.Since(start), time.Duration(tc.n-rate/10-128<<10)*time.Second/rate; d < least {
				t.Errorf("%d bytes took %v, want at least %v", tc.n, d, least)
			}
		})
	}
	t.Run("another", func(t *testing.T) {
		t.Parallel()
		c := dial(t, s.Addr)
		if got, ok := served(c); !ok {
			t.Errorf("%q", got)
		}
	})
}

// A server that stops does not wait for the rate of a connection that owes us
// something.
func TestMaxRateAndDrain(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}},
		Limits: server.Limits{MaxRate: 1000, DrainTimeout: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, s.Addrs()[0].String())
	go io.Copy(io.Discard, c)
	send(t, c, "LOADFRAME/1 framing=u16 handler=ack\n"+strings.Repeat("\xff\xff"+strings.Repeat("x", 65535), 10)) // ten minutes' worth
	eventually(t, "waiting on the lane", func() bool { return s.Stats().Lanes == 1 })
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// Every refusal is counted by its reason.
func TestRefusalCounts(t *testing.T) {
	s := servertest.Start(t, server.Config{Limits: server.Limits{MaxFrame: 100, MaxTransfer: 1000, MaxConns: 20, Handshake: 10 * time.Millisecond}})
	for _, tc := range []struct{ reason, send string }{
		{"frame", "LOADFRAME/1 framing=u32 handler=echo\n\x00\x00\x00\x65"},
		{"transfer", "LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x041001"},
		{"transfer", "1001\nquit\n"},
		{"preface", "LOADFRAME/2 framing=u32 handler=echo\n"},
		{"handshake_timeout", "LOADFRAME/1 fr"},
	} {
		before := s.Refusals()[tc.reason]
		c := dial(t, s.Addr)
		send(t, c, tc.send)
		io.Copy(io.Discard, c)
		if n := s.Refusals()[tc.reason]; n != before+1 {
			t.Errorf("%q: %s counted %d times more, want once: %v", tc.send, tc.reason, n-before, s.Refusals())
		}
		c.Close()
	}
}
