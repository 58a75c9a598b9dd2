// Package admin is the operator's side of a server: metrics for Prometheus,
// health and profiles, over HTTP on an address of its own.
//
//	/metrics        see the list in docs/server.md
//	/healthz        200 while the process lives
//	/readyz         200 while the server takes connections, 503 when it drains
//	/debug/pprof/   profiles, as net/http/pprof has them
package admin

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/loadframe/loadframe/server"
)

// Config says where to listen.
type Config struct {
	Addr   string // host:port; port 0 is chosen by the system
	Public bool   // Addr may be other than loopback: whoever reaches it reads memory through its profiles
}

// Admin is a listener that answers for one server. Its methods may be called by
// any goroutine.
type Admin struct {
	addr  net.Addr
	http  http.Server
	crowd crowd
	ended chan struct{}
}

// Check refuses an address that is none, and one that is not loopback unless
// that is meant.
func (c Config) Check() (*net.TCPAddr, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("admin: address %q: %w", c.Addr, err)
	}
	if !c.Public && !addr.IP.IsLoopback() { // no IP is every address
		return nil, fmt.Errorf("admin: address %q is not loopback: metrics and profiles would be open to the network", c.Addr)
	}
	return addr, nil
}

// Start returns when the address is listened to. s is not touched before
// somebody asks.
func Start(cfg Config, s *server.Server) (*Admin, error) {
	addr, err := cfg.Check()
	if err != nil {
		return nil, err
	}
	l, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	a := &Admin{addr: l.Addr(), ended: make(chan struct{})}
	a.http = http.Server{
		Handler:           newHandler(s),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // a profile that takes longer extends it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnState:         a.crowd.changed,
	}
	go func() {
		defer close(a.ended)
		_ = a.http.Serve(l) // ends with Close
	}()
	return a, nil
}

// Addr returns the address as bound.
func (a *Admin) Addr() net.Addr { return a.addr }

// Close ends what runs, at once, and returns when nothing does.
func (a *Admin) Close() {
	_ = a.http.Close()
	<-a.ended
}

// newHandler has a registry and a mux of its own: what else is in the process
// registers with the default ones.
func newHandler(s *server.Server) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collector{s},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4,
		EnableOpenMetrics:   true,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.Draining() {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
