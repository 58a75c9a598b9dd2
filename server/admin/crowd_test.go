package admin_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/server"
)

// Connections that are kept open without a question, and such that never end
// one, do not add up: the oldest go, and whoever asks is answered.
func TestAttackSlowAdminPeers(t *testing.T) {
	_, url := start(t, server.Config{})
	addr := strings.TrimPrefix(url, "http://")
	var conns []net.Conn
	for i := range 200 {
		c := dial(t, addr)
		if i%2 == 1 {
			_, _ = io.WriteString(c, "GET /heal")
		} else if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		} else if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("connection %d: %v", i, err)
		}
		conns = append(conns, c)
	}
	for i := 0; i < 100; i += 2 { // which the server would keep for two minutes
		if _, err := io.Copy(io.Discard, conns[i]); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("connection %d of 200 is still open", i)
		}
	}
	if status, _ := get(t, url+"/metrics"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}
