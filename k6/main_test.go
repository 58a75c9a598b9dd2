package k6_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// binaries is where the programs under test are built: k6 with the extension as
// its container has it, and the plain loadframe.
var binaries string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "loadframe-k6")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var buildK6 = sync.OnceValues(func() (string, error) { return build("Containerfile") })
var buildPlain = sync.OnceValues(func() (string, error) { return build("../Containerfile") })

// build runs the build step of a container file.
func build(file string) (path string, err error) {
	step, err := buildStep(file)
	if err != nil {
		return "", err
	}
	var args []string
	cmd := exec.Command("go")
	for _, word := range strings.Fields(step) {
		switch {
		case strings.HasPrefix(word, "CGO_ENABLED="):
			cmd.Env = append(os.Environ(), word)
		case strings.HasPrefix(word, "/out/"):
			path = filepath.Join(binaries, filepath.Base(word))
			args = append(args, path)
		default:
			args = append(args, word)
		}
	}
	cmd.Args, cmd.Dir = args, filepath.Dir(file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", step, err, out)
	}
	return path, nil
}

// program returns a path, or fails the test.
func program(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// run is one k6 process.
type run struct {
	cmd *exec.Cmd
	out bytes.Buffer
	dir string // of its results
}

// start starts k6 with a script, whose results go to dir.
func start(t *testing.T, script, target, dir string, args ...string) *run {
	t.Helper()
	r := &run{dir: dir}
	all := append([]string{"run", "--quiet", "--no-usage-report", "--no-color", "--summary-export", filepath.Join(t.TempDir(), "summary.json"),
		"-e", "TARGET=" + target, "-e", "RESULT_DIR=" + dir}, args...)
	r.cmd = exec.Command(program(t, buildK6), append(all, script)...)
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill() }) // no effect on one that has ended
	return r
}

// wait returns the exit status.
func (r *run) wait(t *testing.T) int {
	t.Helper()
	hung := time.AfterFunc(5*time.Minute, func() { r.cmd.Process.Kill() })
	defer hung.Stop()
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

// good fails the test unless k6 exits with 0.
func (r *run) good(t *testing.T) {
	t.Helper()
	if code := r.wait(t); code != 0 {
		t.Fatalf("exit status %d\n%s", code, &r.out)
	}
}

// counts returns what k6 has counted.
func (r *run) counts(t *testing.T) map[string]float64 {
	t.Helper()
	var doc struct {
		Metrics map[string]map[string]any
	}
	for i, arg := range r.cmd.Args {
		if arg == "--summary-export" {
			text, err := os.ReadFile(r.cmd.Args[i+1])
			if err == nil {
				err = json.Unmarshal(text, &doc)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	counts := map[string]float64{}
	for name, m := range doc.Metrics {
		if n, ok := m["count"].(float64); ok {
			counts[name] = n
		}
	}
	return counts
}

// document is what the tests ask of a result.
type document struct {
	Config   struct{ Addr string }
	Workload string
	Duration float64 `json:"duration_s"`
	Totals   struct {
		Messages, Errors, Connections int64
		PayloadBytes                  int64  `json:"payload_bytes"`
		VerifyErrors                  *int64 `json:"verify_errors"`
	}
	Latency struct {
		Response struct{ Count int64 }
		Up       *struct{ Count int64 }
	} `json:"latency_ns"`
	Instance struct {
		Run, ID string
		Segment struct {
			Index, Count int
			Start, End   string
		}
	}
	Merged *struct {
		Segments int
		Covered  float64
	}
	Error string
}

func readDocument(t *testing.T, path string) (d document) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// writeScript writes a script with one client and one scenario.
func writeScript(t *testing.T, options, client, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.js")
	text := fmt.Sprintf(`import loadframe from "k6/x/loadframe";
export const options = %s;
const client = loadframe.client({ addr: __ENV.TARGET, resultDir: __ENV.RESULT_DIR, %s });
export default function () { %s }
`, options, client, body)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func startServer(t *testing.T) *servertest.Server { return servertest.Start(t, server.Config{}) }
