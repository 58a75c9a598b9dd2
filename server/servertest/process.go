package servertest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/server"
)

const childEnv = "LOADFRAME_SERVERTEST_CHILD"

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

// child is what a process is told to be.
type child struct {
	Kind    string
	Framing string
	Root    string
	Loops   int
	Limits  server.Limits
	Files   uint64 // greatest number of descriptors; 0: as it is
}

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

// Main runs the tests of a package: call it in TestMain. It fails if they leave
// a goroutine behind, and makes the test binary able to be a server process
// (see [StartProcess]): then it serves until standard input ends, and exits.
func Main(m *testing.M) {
	spec := os.Getenv(childEnv)
	if spec == "" {
		os.Exit(runTests(m))
	}
	var c child
	err := json.Unmarshal([]byte(spec), &c)
	if err == nil {
		err = c.serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runTests(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	// gnet starts a pool of workers when it is imported, for good.
	if err := goleak.Find(
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).purgeStaleWorkers"),
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).ticktock"),
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*goWorker).run.func1"),
	); err != nil {
		fmt.Fprintln(os.Stderr, "goroutines left behind:", err)
		return 1
	}
	return 0
}

// listener is that of a Loadframe server; false: c is a floor.
func (c child) listener() (server.Listener, bool) {
	switch c.Kind {
	case Loadframe:
		return server.Listener{Network: "tcp4", Address: "127.0.0.1:0", Framing: c.Framing}, true
	case LoadframeUDP:
		return server.Listener{Network: "udp4", Address: "127.0.0.1:0", Handler: "echo"}, true
	case LoadframeUDPAny:
		return server.Listener{Network: "udp4", Address: "0.0.0.0:0"}, true
	}
	return server.Listener{}, false
}

// serve prints the address, then a line of usage for each line it reads; some
// lines make it do something first.
func (c child) serve() error {
	stats := func() server.Stats { return server.Stats{} }
	var addr string
	err := limitFiles(c.Files)
	if err != nil {
		return err
	}
	if l, ours := c.listener(); ours {
		var s *server.Server
		s, err = server.Start(server.Config{
			Listen: []server.Listener{l},
			Loops:  c.Loops, Limits: c.Limits, Root: c.Root,
			Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		})
		if err == nil {
			defer s.Shutdown(context.Background())
			addr, stats = s.Addrs()[0].String(), s.Stats
		}
	} else {
		addr, err = startFloor(c.Kind, cmp.Or(c.Loops, runtime.GOMAXPROCS(0)))
	}
	if err != nil {
		return err
	}
	fmt.Println("listening", addr)
	enc := json.NewEncoder(os.Stdout)
	var hoard hoard
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "starve":
			hoard.fill()
		case "feed":
			hoard.free()
		}
		if err := enc.Encode(usage(stats())); err != nil {
			return err
		}
	}
	return nil
}

// looking is the CPU time of all collections that looks have caused so far.
var looking time.Duration

func usage(s server.Stats) Usage {
	before, _ := sysinfo.CPUTime()
	runtime.GC()
	after, _ := sysinfo.CPUTime()
	cpu := before.Total() - looking
	looking += after.Sub(before).Total()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	peak, _ := sysinfo.PeakRSS()
	files, _ := sysinfo.OpenFiles()
	return Usage{cpu, int64(m.HeapInuse), int64(m.StackInuse), resident(), peak, runtime.NumGoroutine(), int64(m.Mallocs), files, s}
}

// resident reads the second number of Linux's statm.
func resident() (bytes int64) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
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
