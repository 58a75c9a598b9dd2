package admin_test

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/loadframe/loadframe/server"
)

// The dashboard asks for nothing that a server does not tell.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/loadframe.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title, UID string
		Panels     []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	s, url := start(t, server.Config{Limits: server.Limits{MaxConns: 1}})
	first := dial(t, s.Addr)
	io.WriteString(first, "SYN\n")
	io.ReadFull(first, make([]byte, 4))
	io.ReadAll(dial(t, s.Addr)) // a refusal
	m := scrape(t, url)
	known := map[string]map[string]bool{} // metric -> its labels
	for name, f := range m {
		labels := map[string]bool{}
		for _, l := range f.Metric[0].Label {
			labels[l.GetName()] = true
		}
		known[name] = labels
		if f.GetType() == dto.MetricType_HISTOGRAM {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[name+suffix] = map[string]bool{"le": suffix == "_bucket"}
			}
		}
	}
	name := regexp.MustCompile(`\b(?:loadframe|go|process)_[a-z0-9_]+`)
	by := regexp.MustCompile(`(?:by|without) \(([^)]*)\)`)
	used := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			names := name.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s: %s asks for no metric", p.Title, target.Expr)
			}
			for _, n := range names {
				used[n] = true
				if known[n] == nil {
					t.Errorf("%s: no such metric: %s", p.Title, n)
				}
				for _, group := range by.FindAllStringSubmatch(target.Expr, -1) {
					for label := range strings.SplitSeq(group[1], ",") {
						if label = strings.TrimSpace(label); label != "instance" && !known[n][label] {
							t.Errorf("%s: %s has no label %s", p.Title, n, label)
						}
					}
				}
			}
		}
	}
	for n := range m {
		if strings.HasPrefix(n, "loadframe_") && !used[n] && !used[n+"_bucket"] {
			t.Errorf("no panel shows %s", n)
		}
	}
	if board.Title == "" || board.UID == "" || len(board.Panels) < 5 {
		t.Errorf("title %q, uid %q, %d panels", board.Title, board.UID, len(board.Panels))
	}
}
