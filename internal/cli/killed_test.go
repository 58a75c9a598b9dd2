package cli_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/cli"
	"github.com/loadframe/loadframe/internal/report"
)

// lines calls seen with each line that is written, and keeps them.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer
	seen func(line string)
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(b)
	for line := range strings.Lines(string(b)) {
		l.seen(line)
	}
	return len(b), nil
}

// The server's process is killed in mid-run, in every workload over every
// transport: the status is 2 before its time is over, and the document is whole, with
// the error and the figures until then.
func TestServerIsKilled(t *testing.T) {
	for _, transport := range []string{"tcp", "unix", "udp"} {
		for _, workload := range client.Workloads() {
			if transport == "udp" && workload == client.Idle {
				continue // it is refused
			}
			t.Run(transport+"/"+workload, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "s")
				handler := map[string]string{client.Ack: "?handler=ack", client.Stamp: "?handler=stamp"}[workload]
				s := startServe(t, nil, "--listen", "udp://127.0.0.1:0"+handler, "--listen", "unix://"+path, "--quiet")
				addr := s.addr()
				switch rest := s.line("listening udp "); transport {
				case "udp":
					addr, _, _ = strings.Cut(rest, " ")
					addr = "udp://" + addr
				case "unix":
					s.line("listening unix ")
					addr = "unix://" + path
				}
				var killed time.Time
				kill := sync.OnceFunc(func() {
					killed = time.Now()
					_ = s.Process.Kill()
				})
				out := &lines{seen: func(line string) {
					if strings.Contains(line, `"event":"interval"`) && !strings.Contains(line, `"payload_bytes":0,`) {
						kill()
					}
				}}
				var stderr bytes.Buffer
				code := cli.Main([]string{"loadframe", "load", workload, addr, "-t", "3600", "-i", "0.1", "--timeout", "5", "--json-stream"}, out, &stderr)
				took := time.Since(killed)
				all := strings.Split(strings.TrimSpace(out.all.String()), "\n")
				var end struct {
					Event string
					Data  report.Result
				}
				if err := json.Unmarshal([]byte(all[len(all)-1]), &end); err != nil || end.Event != "end" {
					t.Fatalf("%v: the last line is %.200s", err, all[len(all)-1])
				}
				r := &end.Data
				if code != 2 || killed.IsZero() || strings.Count(stderr.String(), "loadframe: ") != 1 {
					t.Errorf("status %d %v after the kill: %s", code, took, stderr.String())
				}
				failed := int64(1)
				if workload == client.Duplex {
					failed = 2
				}
				if r.Error == "" || r.Totals.Errors != failed || len(r.Totals.Faults) == 0 || r.Totals.PayloadBytes == 0 || r.DurationS == 0 || r.Schema != report.Schema {
					t.Errorf("error %q after %v s, %+v", r.Error, r.DurationS, r.Totals)
				}
				t.Logf("%v to the error, %v: %s", took.Round(time.Millisecond), r.Totals.Faults, r.Error)
			})
		}
	}
}
