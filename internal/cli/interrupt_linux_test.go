package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loadframe/loadframe/internal/report"
)

// An interruption that comes twice at once, as from timeout(1), is one: the document
// is whole. It is held up by a pipe that has no room for it, so that the second comes
// before its end.
func TestInterruptedTwiceAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	room, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096)
	if err != nil {
		t.Fatal(err)
	}
	cmd := loadframe(t, "load", "echo", l.Addr().String(), "-J", "--title", strings.Repeat("x", 2*room))
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if _, err := bufio.NewReader(nc).ReadString('\n'); err != nil { // the preface: it waits for the answer
		t.Fatal(err)
	}
	first := time.Now()
	_ = cmd.Process.Signal(os.Interrupt)
	begin := make([]byte, 1)
	if _, err := io.ReadFull(out, begin); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if took := time.Since(first); took > time.Second/2 {
		t.Skipf("it took %v from one signal to the other", took)
	}
	rest, _ := io.ReadAll(out)
	_ = cmd.Wait()
	var r report.Result
	if err := json.Unmarshal(append(begin, rest...), &r); err != nil || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("%v, a document of %d bytes: %v", cmd.ProcessState, len(rest)+1, err)
	}
}
