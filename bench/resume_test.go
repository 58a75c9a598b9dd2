package bench

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Ended early, whole rounds are there and no others; the next run goes on with
// them, and adds to what they gave without changing it.
func TestResume(t *testing.T) {
	config := small(t)
	config.Resume = filepath.Join(t.TempDir(), "rounds.json")
	ctx, cancel := context.WithCancel(context.Background())
	first, err := prepare(t, config).Run(ctx, Observer{Step: func(done int) {
		if done == 12 { // in the second round
			cancel()
		}
	}})
	if err != nil || !first.Incomplete || first.Failed() || first.Experiment.Rounds != 1 {
		t.Fatalf("incomplete %t, %d rounds, %v", first.Incomplete, first.Experiment.Rounds, err)
	}
	for _, x := range first.Cells {
		if x.Refused == "" && len(x.Estimates["messages_per_s"].Samples) != 1 {
			t.Errorf("%s at %s has %d rounds", x.Contender, x.Point, len(x.Estimates["messages_per_s"].Samples))
		}
	}
	left, err := filepath.Glob(config.Resume + "*")
	if err != nil || len(left) != 1 {
		t.Errorf("files: %q, %v", left, err)
	}

	mine, err := os.Create(config.Resume + ".mine")
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	want, err := mine.Stat()
	if got, err2 := os.Stat(config.Resume); err != nil || err2 != nil || got.Mode() != want.Mode() {
		t.Errorf("%v, %v: mode %v, another file of this user has %v", err, err2, got.Mode(), want.Mode())
	}

	config.Rounds = 3 // more may be asked for
	for want, change := range map[string]func(*measured){
		"cell 0 has no figures":                  func(m *measured) { m.Values = nil },
		"cell 0 has [1 1] of p99_ns in 1 rounds": func(m *measured) { m.Values["p99_ns"] = []float64{1, 1} },
		"cell 0 has [-1] of p50_ns in 1 rounds":  func(m *measured) { m.Values["p50_ns"] = []float64{-1} },
		"cell 0 has [] of wire_per_pay":          func(m *measured) { m.Values["wire_per_payload"] = nil },
	} {
		bad := config
		bad.Resume = filepath.Join(t.TempDir(), "rounds.json")
		r, err := loadRounds(config.Resume, prepare(t, config))
		if err != nil {
			t.Fatal(err)
		}
		change(&r.Cells[0])
		if err := r.save(bad.Resume); err != nil {
			t.Fatal(err)
		}
		if _, err := Prepare(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	e := prepare(t, config)
	steps := 0
	second, err := e.Run(context.Background(), Observer{Phase: func(name string, n int) {
		if name == "rounds" {
			steps = n
		}
	}})
	if err != nil || second.Incomplete || second.Experiment.Rounds != 3 || steps != 2*9 {
		t.Fatalf("incomplete %t, %d rounds, %d steps, %v", second.Incomplete, second.Experiment.Rounds, steps, err)
	}
	for i, x := range second.Cells {
		if x.Refused != "" {
			continue
		}
		was, now := first.Cells[i].Estimates["p99_ns"].Samples, x.Estimates["p99_ns"].Samples
		if len(now) != 3 || was[0] != now[0] || first.Cells[i].Latency.Response.Count >= x.Latency.Response.Count {
			t.Errorf("%s at %s: %v became %v", x.Contender, x.Point, was, now)
		}
	}
}

// What is of another experiment is refused, with the difference.
func TestResumeRefuses(t *testing.T) {
	config := small(t)
	path := filepath.Join(t.TempDir(), "rounds.json")
	config.Resume = path
	e := prepare(t, config) // writes the file
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"seed 3 there, 4 here":               func(c *Config) { c.Seed = 4 },
		"trial 0.02 there, 0.08 here":        func(c *Config) { c.Trial = 96 * time.Millisecond },
		"contenders [{Name:u32 Framing:u32 ": func(c *Config) { c.Contenders = c.Contenders[1:] },
		"factors [payload=text] there, []":   func(c *Config) { c.Factors = []string{} },
		"server  there, 127.0.0.1:1 here":    func(c *Config) { c.Addr = "127.0.0.1:1" },
	} {
		c := config
		change(&c)
		if _, err := Prepare(c); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "of another experiment") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e.resume.Done = 3
	more, _ := json.Marshal(e.resume)
	for name, bad := range map[string]string{
		"is no file of rounds":                 string(text[:len(text)/2]),
		"schema ":                              "{}",
		"3 rounds are done there, and 2 asked": string(more),
		"machine ":                             strings.Replace(string(text), `"os":"`, `"os":"x`, 1),
		"cell 0 has 1 rounds of 0":             strings.Replace(string(text), `"took_s":null,"messages":null,"payload_bytes":null,"wire_bytes":null`, `"took_s":[1],"messages":[1],"payload_bytes":[1],"wire_bytes":[1]`, 1),
		"cell 0: ":                             strings.Replace(string(text), `"wire_bytes":null}`, `"wire_bytes":null,"histograms":["HISTFAAA"]}`, 1),
		"cells there":                          strings.Replace(string(text), `"cells":[`, `"cells":[{},`, 1),
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Prepare(config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	config.Resume = filepath.Join(t.TempDir(), "no", "dir")
	if _, err := Prepare(config); err == nil || !strings.Contains(err.Error(), "bench: resume: ") {
		t.Errorf("%v for a directory that is not there", err)
	}
}
