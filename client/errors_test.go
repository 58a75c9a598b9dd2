package client_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// An error says once where it comes from, however many of our functions it has
// passed.
func TestErrorsNameTheClientOnce(t *testing.T) {
	s := servertest.Start(t, server.Config{})
	fixed := servertest.Start(t, server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0", Framing: "u16", Handler: "echo"}}})
	nobody := filepath.Join(t.TempDir(), "nobody")
	check := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", what)
		} else if text := err.Error(); !strings.HasPrefix(text, "client: ") || strings.Count(text, "client: ") != 1 {
			t.Errorf("%s: %q", what, text)
		}
	}
	for what, c := range map[string]client.Config{
		"arrival":              {Workload: client.Echo, Arrival: "poisson:x"},
		"arrival of a stream":  {Workload: client.Stream, Arrival: "x"},
		"arrival over UDP":     {Workload: client.Push, Network: "udp", Arrival: "x"},
		"sizes":                {Workload: client.Echo, Sizes: "normal:5"},
		"size":                 {Workload: client.Echo, Framing: "u8", Size: 1000},
		"payload":              {Workload: client.Echo, Payload: "x"},
		"payload file":         {Workload: client.Echo, Payload: "file:/nonexistent"},
		"payload of a pull":    {Workload: client.Pull, Framing: "line", Payload: "letter"},
		"framing":              {Workload: client.Echo, Framing: "x"},
		"segment":              {Workload: client.Echo, Segment: client.Segment{Index: 3, Count: 2}},
		"source":               {Workload: client.Echo, Socket: client.Socket{Bind: []string{"nowhere"}}},
		"start":                {Workload: client.Echo, StartAt: time.Unix(1, 0)},
		"nobody listens":       {Workload: client.Echo, Network: "unix", Addr: nobody},
		"churn, nobody":        {Workload: client.Churn, Network: "unix", Addr: nobody, Messages: 1},
		"churn of two, nobody": {Workload: client.Churn, Network: "unix", Addr: nobody, Messages: 2, Conns: 2},
		"handler":              {Workload: client.Echo, Handler: "x", Messages: 1},
		"churn, handler":       {Workload: client.Churn, Handler: "x", Messages: 1},
		"server's limit":       {Workload: client.Pull, Bytes: 1 << 40, Framing: "raw", Plain: true},
		"fixed framing":        {Workload: client.Echo, Addr: fixed.Addr, Messages: 1, Timeout: 100 * time.Millisecond},
	} {
		if c.Addr == "" {
			c.Addr = s.Addr
		}
		_, err := client.Run(t.Context(), c, client.Observer{})
		check(what, err)
	}
	_, err := client.ParseSchedule("x")
	check("schedule", err)
	_, err = client.ParseSegment("x")
	check("segment of a command line", err)
	_, err = client.OpenDialog(context.Background(), client.DialogConfig{Network: "unix", Addr: nobody})
	check("dialog, nobody", err)
}
