package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/report"
)

// anyProcessor returns one that this process may run on.
func anyProcessor(t *testing.T) string {
	t.Helper()
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	for cpu := range 1024 {
		if may.IsSet(cpu) {
			return fmt.Sprint(cpu)
		}
	}
	t.Fatal("no processor")
	return ""
}

// A server keeps to its processor, with all its threads.
func TestServeAffinity(t *testing.T) {
	cpu := anyProcessor(t)
	s := startServe(t, nil, "--listen", "tcp://127.0.0.1:0", "-A", cpu)
	s.addr()
	dir := fmt.Sprintf("/proc/%d/task/", s.Process.Pid)
	threads, err := os.ReadDir(dir)
	if err != nil || len(threads) < 2 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	for _, th := range threads {
		status, err := os.ReadFile(dir + th.Name() + "/status")
		if err != nil {
			continue // it has ended
		}
		if !strings.Contains(string(status), "Cpus_allowed_list:\t"+cpu+"\n") {
			t.Errorf("a thread may run elsewhere:\n%s", status)
		}
	}
}

// The result tells what the client was kept to.
func TestLoadAffinity(t *testing.T) {
	cpu := anyProcessor(t)
	out, err := loadframe(t, "load", "pull", "-n", "64KiB", "-A", cpu, "-J").Output()
	if err != nil {
		t.Fatal(err)
	}
	var r report.Result
	if err := json.Unmarshal(out, &r); err != nil || r.Config.Affinity != cpu || r.Host.GOMAXPROCS != 1 {
		t.Errorf("affinity %q, gomaxprocs %d, %v; want %q, 1", r.Config.Affinity, r.Host.GOMAXPROCS, err, cpu)
	}
}
