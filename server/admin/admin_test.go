package admin_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/admin"
	"github.com/loadframe/loadframe/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// start starts a server with its admin address, and returns the URL of that.
func start(t *testing.T, cfg server.Config) (s *servertest.Server, url string) {
	t.Helper()
	s = servertest.Start(t, cfg)
	a, err := admin.Start(admin.Config{Addr: "127.0.0.1:0"}, s.Server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return s, "http://" + a.Addr().String()
}

// get returns status and body; the connection is not kept.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// dial connects with a deadline that only a hang can reach.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// gone waits until the server has no connection.
func gone(s *servertest.Server) {
	for deadline := time.Now().Add(20 * time.Second); s.Stats().Conns > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // polls a state
	}
}

func TestHealth(t *testing.T) {
	s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{DrainTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := admin.Start(admin.Config{Addr: "127.0.0.1:0"}, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	url := "http://" + a.Addr().String()
	ask := func(path string, want int) {
		t.Helper()
		if got, text := get(t, url+path); got != want {
			t.Errorf("%s: status %d, want %d: %.100s", path, got, want, text)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		ask(path, 200)
	}
	ask("/", 404)
	ask("/debug/pprof/nonsense", 404)

	// A transfer that runs keeps the server draining.
	c := dial(t, s.Addrs()[0].String())
	io.WriteString(c, "100000000\n")
	io.ReadFull(c, make([]byte, len("file_preparedA")))
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	for deadline := time.Now().Add(20 * time.Second); !s.Draining() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // polls a state
	}
	ask("/readyz", 503)
	ask("/healthz", 200)
	if m := scrape(t, url); value(m, "loadframe_draining") != 1 {
		t.Error("metrics do not tell of the draining")
	}
	_, _ = io.Copy(io.Discard, c)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	ask("/metrics", 200) // of a server that has ended
}

func TestAddresses(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, "127.1.2.3:0": true,
		":0": false, "0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:80": false, "[2001:db8::1]:80": false,
	} {
		_, err := admin.Config{Addr: addr}.Check()
		if (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
		if _, err := (admin.Config{Addr: addr, Public: true}).Check(); err != nil {
			t.Errorf("%s is meant: %v", addr, err)
		}
		if ok {
			continue
		}
		if a, err := admin.Start(admin.Config{Addr: addr}, nil); err == nil {
			a.Close()
			t.Errorf("%s was listened to", addr)
		} else if !strings.Contains(err.Error(), "not loopback") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %q", addr, err)
		}
	}
	for _, addr := range []string{"", "127.0.0.1", "127.0.0.1:http9", "127.0.0.1:99999", "127.0.0.1:0:0"} {
		if _, err := (admin.Config{Addr: addr}).Check(); err == nil {
			t.Errorf("%q passes as an address", addr)
		}
	}
}

func TestAdminRefusesOtherMethods(t *testing.T) {
	_, url := start(t, server.Config{})
	resp, err := http.Post(url+"/metrics", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", resp.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
}
