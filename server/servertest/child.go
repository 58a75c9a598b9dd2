package servertest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/server"
)

const childEnv = "LOADFRAME_SERVERTEST_CHILD"

// child is what a process is told to be.
type child struct {
	Kind    string
	Framing string
	Root    string
	Loops   int
	Limits  server.Limits
	Files   uint64 // greatest number of descriptors; 0: as it is
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
			Loops:  c.Loops, Limits: c.Limits, Root: c.Root, Alone: true, // as serve is
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
	resident, _ := sysinfo.RSS()
	peak, _ := sysinfo.PeakRSS()
	files, _ := sysinfo.OpenFiles()
	return Usage{cpu, int64(m.HeapInuse), int64(m.StackInuse), resident, peak, runtime.NumGoroutine(), int64(m.Mallocs), files, s}
}
