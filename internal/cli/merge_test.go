package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// loadframe is the program that the test binary is by that name.
func loadframe(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("loadframe")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "GORACE="+gorace)
	return cmd
}

// servedOn is a server in a process of its own; it returns its port.
func servedOn(t *testing.T, listen string) (port string) {
	t.Helper()
	cmd := loadframe(t, "serve", "--listen", listen)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the context ends: a server drains
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if words := strings.Fields(line); err == nil && len(words) > 2 {
		if _, port, err = net.SplitHostPort(words[2]); err == nil {
			go io.Copy(io.Discard, stdout)
			return port
		}
	}
	t.Fatalf("%q, %v", line, err)
	return ""
}

// resultsIn returns the documents of a directory.
func resultsIn(t *testing.T, dir string) (rs []*report.Result) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		rs = append(rs, readResult(t, f))
	}
	return rs
}

func readResult(t *testing.T, file string) *report.Result {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r report.Result
	if err := json.Unmarshal(doc, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &r
}

// One of three instances is killed in the middle of the run. What it has
// measured is gone: merge says whose result is missing and fails, or, if asked
// to, what the others cover.
func TestMergeNamesTheKilledInstance(t *testing.T) {
	port := servedOn(t, "tcp://127.0.0.1:0")
	dir := t.TempDir()
	start := func(segment, time string) (*exec.Cmd, *bufio.Reader) {
		cmd := loadframe(t, "load", "echo", "127.0.0.1:"+port, "-P", "5", "-t", time, "-i", "0.1", "-r", "1k", "--segment", segment, "--run-id", "r", "--result-dir", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, bufio.NewReader(out)
	}
	killed, out := start("2/3", "1")
	if line, err := out.ReadString('\n'); err != nil { // it is in the middle of it
		t.Fatalf("%q, %v", line, err)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	for _, segment := range []string{"1/3", "3/3"} {
		cmd, out := start(segment, "1")
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	var stderr strings.Builder
	cmd := loadframe(t, "merge", dir, "-J")
	cmd.Stderr = &stderr
	doc, _ := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(stderr.String(), "not one whole run: missing segment 2/3\n") {
		t.Errorf("exit status %d: %s", code, stderr.String())
	}
	var refused report.Result
	if err := json.Unmarshal(doc, &refused); err != nil || !strings.Contains(refused.Error, "missing segment 2/3") {
		t.Errorf("%v: %s", err, doc)
	}
	cmd = loadframe(t, "merge", dir, "-J", "--allow-partial")
	if doc, err := cmd.Output(); err != nil {
		t.Fatalf("%v: %s", err, doc)
	} else if refused = (report.Result{}); json.Unmarshal(doc, &refused) != nil {
		t.Fatalf("%s", doc)
	}
	partial := refused
	m := partial.Merged
	var messages int64
	for _, r := range resultsIn(t, dir) {
		messages += *r.Totals.Messages
	}
	if len(m.Missing) != 1 || m.Missing[0] != "2/3" || m.Covered < 0.66 || m.Covered > 0.67 || len(m.Instances) != 2 || *partial.Totals.Messages != messages || m.PlanWhole != nil {
		t.Errorf("%+v, %d messages of %d", m, *partial.Totals.Messages, messages)
	}
	if reasons := strings.Join(partial.Health.Reasons, "\n"); !strings.Contains(reasons, "only 66.67 % of the run is covered: totals and rates are those of 1/3, 3/3") {
		t.Errorf("it does not say what is covered: %s", reasons)
	}
}
