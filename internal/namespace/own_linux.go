package namespace

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ownEnv is set in the process that Own starts.
const ownEnv = "LOADFRAME_TEST_NAMESPACES"

// Own runs the calling test once more, in a process with the namespaces of kinds,
// as unix.CLONE_NEWNET, and tells whether this is that process: if not, the test has
// run, and its result is the caller's, who returns. The process is root in there;
// whoever is not root outside is given a namespace of users, too. Where the kernel
// allows none, and where the test skips itself in there, the caller is skipped.
func Own(t *testing.T, kinds uintptr) bool {
	t.Helper()
	if os.Getenv(ownEnv) != "" {
		return true
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), ownEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: kinds, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("the kernel allows no namespaces: %v", err)
	}
	err = cmd.Wait()
	t.Logf("in namespaces of its own:\n%.60000s", &out)
	switch {
	case err != nil:
		t.Error(err)
	case strings.Contains(out.String(), "--- SKIP: "+t.Name()+" "):
		t.Skip("the test skips itself in there")
	case !strings.Contains(out.String(), "--- PASS: "+t.Name()+" "):
		t.Error("the test did not run in there")
	}
	return false
}
