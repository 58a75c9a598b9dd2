package servertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
)

// Kinds of processes.
const (
	Loadframe = "loadframe" // the server, one auto listener
	GnetEcho  = "gnet-echo" // floor: gnet without framing
	StdEcho   = "std-echo"  // floor: a goroutine a connection
	StdWrite  = "std-write" // floor: a plain write loop

	LoadframeUDP    = "loadframe-udp"     // the server, one UDP listener that echoes
	LoadframeUDPAny = "loadframe-udp-any" // the same with commands, on every address
	StdUDPEcho      = "std-udp-echo"      // floor: read a datagram, write it, in one goroutine
)

// Usage is what a process has used so far, after a garbage collection.
type Usage struct {
	CPU        time.Duration // user and system, of the whole process but for the collections that Usage causes
	Heap       int64         // bytes of heap in use
	Stack      int64         // bytes of goroutine stacks in use
	RSS        int64         // resident now; 0 where the system does not tell
	RSSPeak    int64
	Goroutines int
	Mallocs    int64 // heap objects allocated so far
	Files      int   // open descriptors
	Server     server.Stats
}

// Process is a server in a process of its own.
type Process struct {
	Addr string
	in   io.WriteCloser
	out  *bufio.Reader
}

// StartProcess runs this test binary as a server; its package's TestMain must
// call [Main]. The process ends with the test. loops is that of server.Config.
func StartProcess(tb testing.TB, kind string, loops int, limits server.Limits) *Process {
	tb.Helper()
	return start(tb, child{Kind: kind, Loops: loops, Limits: limits})
}

// StartFramed is StartProcess of a Loadframe server that echoes in a fixed
// framing: like a floor, it takes no preface.
func StartFramed(tb testing.TB, framing string) *Process {
	tb.Helper()
	return start(tb, child{Kind: Loadframe, Framing: framing})
}

func start(tb testing.TB, c child) *Process {
	tb.Helper()
	p, err := startProcess(tb, c)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func startProcess(tb testing.TB, c child) (*Process, error) {
	spec, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec), "GNET_LOGGING_LEVEL=4")
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, err
	}
	p := &Process{in: in, out: bufio.NewReader(out)}
	tb.Cleanup(func() {
		in.Close()
		hung := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		defer hung.Stop()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("%s process: %v", c.Kind, err)
		}
	})
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("servertest: %s process does not listen: %w", c.Kind, err)
	}
	p.Addr = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
	return p, nil
}

// Usage asks the process what it has used.
func (p *Process) Usage(tb testing.TB) Usage {
	tb.Helper()
	return p.ask(tb, "usage")
}

func (p *Process) ask(tb testing.TB, line string) (u Usage) {
	tb.Helper()
	_, err := io.WriteString(p.in, line+"\n")
	var answer []byte
	if err == nil {
		answer, err = p.out.ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(answer, &u)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return u
}
