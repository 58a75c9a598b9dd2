package server_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
)

// The basic ardei client: one request a connection, and everything through
// the end is the answer.
func TestArdeiClient(t *testing.T) {
	s, addr := classic(t, server.Config{})
	silent := dial(t, addr["command"]) // blocks the original for everybody
	const refusal = "Request for file of %s chars. Server limit is: 123456789 chars."
	for _, tc := range []struct{ request, want string }{
		{"hello", "hello"},
		{"ls", "ls"},
		{"0", "0"},
		{strings.Repeat("x", 1500), strings.Repeat("x", 1500)},
		{"+7", "file_preparedAAAAAAA"},
		{" 12 ", "file_preparedAAAAAAAAAAAA"},
		{"1_0", "file_preparedAAAAAAAAAA"},
		{"-5", "file_prepared"},
		{"123456790", fmt.Sprintf(refusal, "123456790")},
		{"99999999999999999999", fmt.Sprintf(refusal, "99999999999999999999")},
		{"stream-0-5", "Request for transfer of 5 pakets at: 0 has errors."},
		{"stream-abc-5", "Request for transfer of 5 pakets at: abc has errors."},
		{"stream-100", "Request for transfer of none pakets at: 100 has errors."},
		{"stream-100-0", "Request for transfer of 0 pakets at: 100 has errors."},
		{"stream-100--3", "Request for transfer of none pakets at: 100 has errors."},
		{"stream-999999999-10000", "Request for transfer of 10000 pakets at: 999999999 has errors."},
		{"stream-1-1", "stream-1-1"},
		{"stream-1-7", strings.Repeat("stream-1-7", 7)},
		{"stream 1 7", strings.Repeat("stream 1 7", 7)},
		{"SYN", "ACK!"},
		{"quit", ""},
		{" \n ", ""},
	} {
		c := dial(t, addr["command"])
		send(t, c, tc.request)
		got, err := io.ReadAll(c)
		if string(got) != tc.want || err != nil {
			t.Errorf("%.40q was answered with %.80q, %v", tc.request, got, err)
		}
		c.Close()
	}
	c, before := connected(t, addr["command"])
	send(t, c, "time")
	if b, err := io.ReadAll(c); len(b) != 26 || err != nil || !isClock(string(b[:24]), before) {
		t.Errorf("time: got %q, %v", b, err)
	}
	for _, nothing := range []string{"", "\n"} { // an empty prompt: nothing is sent, nothing comes
		c := dial(t, addr["command"])
		send(t, c, nothing)
		c.CloseWrite()
		expectEOF(t, c)
	}
	silent.Close()
	eventually(t, "no connection left but those that the test holds", func() bool { return s.Stats().Lanes == 0 })
}

// The client throws away what arrives in one recv with file_prepared.
func TestArdeiClientKeepsEveryByte(t *testing.T) {
	_, addr := classic(t, server.Config{})
	for _, n := range []int{1, 1000, 1011, 300_000, server.CommandLimit} {
		kept := 0
		// A machine that lets this test sleep for 20 ms joins the two again, so
		// it may try a few times. Sent together they are lost every time.
		for try := 0; try < 20 && kept != n; try++ {
			c := dial(t, addr["command"])
			send(t, c, fmt.Sprint(n))
			kept = 0
			if notice := recv(t, c, 1024); !strings.HasPrefix(notice, "file_prepared") {
				t.Fatalf("got %q", notice)
			}
			b := make([]byte, 1<<16)
			for {
				k, err := c.Read(b)
				if kept += k; err == io.EOF {
					break
				}
				if err != nil || bytes.Count(b[:k], []byte("A")) != k {
					t.Fatalf("after %d bytes: %v, or something else than A", kept, err)
				}
			}
			c.Close()
		}
		if kept != n {
			t.Errorf("kept %d bytes of %d", kept, n)
		}
	}
}
