package server_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// uneven is a reader that takes as much as it likes, and now and then lets the
// socket fill up.
type uneven struct {
	net.Conn
	rng  *rand.Rand
	read int64
}

func (u *uneven) Read(p []byte) (int, error) {
	if before := u.read; before>>20 != (before+128<<10)>>20 {
		time.Sleep(time.Millisecond) // the peer is slow, nothing waits for it
	}
	n, err := u.Conn.Read(p[:1+u.rng.IntN(len(p))])
	u.read += int64(n)
	return n, err
}

func dialUnix(t *testing.T, path, opening string) *net.UnixConn {
	t.Helper()
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(time.Minute))
	send(t, nc, opening)
	if got, err := readLine(nc); err != nil || got[:2] != "OK" {
		t.Fatalf("%q, %v", got, err)
	}
	return nc.(*net.UnixConn)
}

// What goes over a unix socket as pages of a file arrives as what is written:
// heads and tails between the payloads, ends within a page and files that go on
// where the last one ended, for a reader that is uneven and has half-closed.
func TestPagesOverUnixSocket(t *testing.T) {
	path := filepath.Join(socketDir(t), "s")
	s := servertest.Start(t, listenUnix(path))
	letters, _ := pattern.Named(pattern.Letters, 0)
	digits, _ := pattern.Named(pattern.Digits, 0)
	for i, tc := range []struct {
		framing, params string
		frame           int // 0: of any size
		content         pattern.Content
	}{
		{"raw", "", 0, pattern.Seeded(0)},
		{"u32", "frame=262144 seed=9", 262144, pattern.Seeded(9)},
		{"u32", "frame=65536 content=letters", 65536, letters},          // the smallest that goes as pages
		{"u32", "frame=65535 content=digits", 65535, digits},            // the greatest that does not
		{"netstring", "frame=300001 seed=2", 300001, pattern.Seeded(2)}, // head and tail, more than one slice
		{"u32", "frame=200000 fill=A", 200000, pattern.Filled('A')},     // in no file
	} {
		t.Run(fmt.Sprint(tc.framing, " ", tc.params), func(t *testing.T) {
			t.Parallel()
			cod, err := codec.Parse(tc.framing)
			if err != nil {
				t.Fatal(err)
			}
			nc := dialUnix(t, path, "LOADFRAME/1 framing="+tc.framing+" handler=generate "+tc.params+"\n")
			from := &uneven{Conn: nc, rng: rand.New(rand.NewPCG(uint64(i), 1))}
			at := int64(0)
			for _, n := range []int64{5_000_001, 20_000_003} {
				request, err := cod.Append(nil, fmt.Append(nil, n))
				if err != nil {
					t.Fatal(err)
				}
				send(t, nc, string(request))
				if n > 10_000_000 {
					nc.CloseWrite()
				}
				frames := codec.NewReaderBuffer(from, cod, make([]byte, 1<<20))
				for end := at + n; at < end; {
					frame, err := frames.Next()
					if err != nil {
						t.Fatalf("after %d bytes: %v", at, err)
					}
					if want := min(int64(tc.frame), end-at); tc.frame > 0 && int64(len(frame)) != want {
						t.Fatalf("frame of %d bytes, want %d", len(frame), want)
					}
					if bad := tc.content.Check(at, frame); bad >= 0 {
						t.Fatalf("byte %d differs", at+int64(bad))
					}
					at += int64(len(frame))
				}
			}
			expectEOF(t, nc)
		})
	}
	t.Cleanup(func() {
		if st := s.Stats(); st.FilesBroken != 0 {
			t.Errorf("%d files were broken off", st.FilesBroken)
		}
	})
}

// A peer that goes away, or takes nothing, ends what is on its way as pages.
func TestPagesToNobody(t *testing.T) {
	ask := func(l server.Limits) (*server.Server, *net.UnixConn) {
		path := filepath.Join(socketDir(t), "s")
		c := listenUnix(path)
		c.Limits = l
		s := servertest.Start(t, c)
		nc := dialUnix(t, path, "LOADFRAME/1 framing=u32 handler=generate\n")
		send(t, nc, "\x00\x00\x00\x0a1073741824")
		return s.Server, nc
	}
	s, nc := ask(server.Limits{})
	if _, err := io.CopyN(io.Discard, nc, 32<<20); err != nil { // it may prove fast
		t.Fatal(err)
	}
	nc.Close()
	eventually(t, "gone", func() bool { st := s.Stats(); return st.FilesBroken == 1 && st.Conns == 0 && st.Stalls == 0 })
	s, nc = ask(server.Limits{StallTimeout: 100 * time.Millisecond})
	eventually(t, "cut off", func() bool { st := s.Stats(); return st.FilesBroken == 1 && st.Conns == 0 && st.Stalls == 1 })
	if _, err := io.Copy(io.Discard, nc); err != nil {
		t.Errorf("what was on its way: %v", err)
	}
}
