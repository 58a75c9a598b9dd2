package server_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A peer that sends 64 MiB to echo and half-closes is owed 64 MiB, however it
// reads them.
func TestHalfCloseGetsEveryByte(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const total = 64 << 20
	content := pattern.Seeded(3)
	for _, tc := range []struct {
		name    string
		opening string
		read    int           // bytes at a time
		pause   time.Duration // after every MiB; the peer is slow, nothing waits for it
	}{
		{"raw at once", "LOADFRAME/1 framing=raw handler=echo\n", 1 << 20, 0},
		{"raw slowly", "LOADFRAME/1 framing=raw handler=echo\n", 7001, 5 * time.Millisecond},
		{"text in pieces", "", 100, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, s.Addr)
			c.SetDeadline(time.Now().Add(2 * time.Minute))
			if tc.opening != "" {
				send(t, c, tc.opening)
				if _, err := readLine(c); err != nil {
					t.Fatal(err)
				}
			}
			go func() {
				for at := int64(0); at < total; {
					n, err := c.Write(content.Slice(at, int(min(200_000, total-at))))
					if at += int64(n); err != nil {
						t.Error(err)
						return
					}
				}
				c.CloseWrite()
			}()
			buf := make([]byte, tc.read)
			got := int64(0)
			for {
				n, err := c.Read(buf)
				if bad := content.Check(got, buf[:n]); bad >= 0 {
					t.Fatalf("byte %d differs", got+int64(bad))
				}
				if got/(1<<20) != (got+int64(n))/(1<<20) {
					time.Sleep(tc.pause)
				}
				got += int64(n)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("after %d bytes: %v", got, err)
				}
			}
			if got != total {
				t.Errorf("got %d bytes back, want %d", got, total)
			}
		})
	}
}

// What a peer asked for with its last bytes is answered after its half-close.
func TestHalfCloseAfterTheRequest(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	const n = 32 << 20
	c := dial(t, s.Addr)
	send(t, c, "SYN\n33554432") // no line end: the end of the stream ends it
	c.CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil || len(b) != len("ACK!file_prepared")+n || bytes.Count(b, []byte("A")) != n+1 {
		t.Errorf("%d bytes, %v, want %d", len(b), err, len("ACK!file_prepared")+n)
	}
}
