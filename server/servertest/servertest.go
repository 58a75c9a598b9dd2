// Package servertest starts a server on a free port of 127.0.0.1 for tests, in
// the manner of net/http/httptest.
package servertest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/loadframe/loadframe/server"
)

// Server is a running server and its address.
type Server struct {
	*server.Server
	Addr string // host:port of the first listener
}

// Start starts a server and stops it when the test ends. Without a listener in
// cfg there is one on 127.0.0.1, with framing auto. What the server logs goes
// to the test's log.
func Start(tb testing.TB, cfg server.Config) *Server {
	tb.Helper()
	if len(cfg.Listen) == 0 {
		cfg.Listen = []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	s, err := server.Start(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			tb.Log(err)
		}
	})
	return &Server{Server: s, Addr: s.Addrs()[0].String()}
}
