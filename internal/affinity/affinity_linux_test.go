package affinity

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const childEnv = "LOADFRAME_AFFINITY_CHILD"

// TestMain is also the process that keeps itself to what the environment says: a
// test that kept its own would slow those after it.
func TestMain(m *testing.M) {
	text := os.Getenv(childEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	r, err := Parse(text)
	if err == nil {
		err = Keep(r)
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		b, _ := os.ReadFile("/proc/self/task/" + t.Name() + "/status")
		_, after, _ := strings.Cut(string(b), "Cpus_allowed_list:")
		list, _, _ := strings.Cut(after, "\n")
		println("on", strings.TrimSpace(list))
	}
	println("procs", runtime.GOMAXPROCS(0))
}

// Every thread stays on the one processor that is asked for, and Go uses one.
func TestKeep(t *testing.T) {
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	last := ""
	for cpu := range most {
		if may.IsSet(cpu) {
			last = Range{cpu, cpu}.String()
		}
	}
	out, err := keeper(t, last)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Fields(strings.ReplaceAll(strings.TrimSpace(out), " ", "="))
	if len(lines) < 3 || lines[len(lines)-1] != "procs=1" {
		t.Errorf("%q", lines)
	}
	for _, l := range lines[:len(lines)-1] {
		if l != "on="+last {
			t.Errorf("a thread is %s, want %s", l, last)
		}
	}
}

// A processor that there is not is refused, with those that there are.
func TestKeepRefuses(t *testing.T) {
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		t.Fatal(err)
	}
	out, err := keeper(t, "0-1023")
	if want := "affinity 0-1023: this process may run on " + listOf(&may); err == nil || strings.TrimSpace(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

func keeper(t *testing.T, text string) (out string, err error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+text)
	b, err := cmd.CombinedOutput()
	return string(b), err
}

func TestListOf(t *testing.T) {
	for want, cpus := range map[string][]int{"": nil, "0": {0}, "0-1": {0, 1}, "0,2-4,1023": {0, 2, 3, 4, 1023}} {
		var s unix.CPUSet
		for _, c := range cpus {
			s.Set(c)
		}
		if got := listOf(&s); got != want {
			t.Errorf("%v: %q, want %q", cpus, got, want)
		}
	}
}
