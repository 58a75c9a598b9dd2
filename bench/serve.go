package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/loadframe/loadframe/internal/sysinfo"
	"github.com/loadframe/loadframe/server"
)

// What a process can serve.
const (
	serveLoadframe = "loadframe"
	serveBareEcho  = "bare-echo"
)

// What a process is asked. It answers each with used, as a line of JSON.
const (
	askUsed    = "used"
	askCollect = "collect" // first it collects its garbage
)

// used is what a server and its process have used so far.
type used struct {
	Reads, Writes            int64
	Conns, FramesIn, BytesIn int64         // of a Loadframe server alone
	CPU                      time.Duration // 0: the system does not tell
	Allocs                   int64         // objects
	Live                     int64         // bytes of objects and stacks; only of askCollect
}

// Serve makes the process a server of an experiment (see [Config].Server): args
// are what follows that command. It writes one line with its address to out,
// answers what in asks, and returns when in ends. Signals that a terminal sends
// to all its processes do not end it: the experiment that started it does, when
// it has told what it has.
func Serve(args []string, in io.Reader, out io.Writer) (err error) {
	if len(args) != 2 {
		return fmt.Errorf("bench: serve %q: want what to serve and the greatest frame", args)
	}
	most, err := strconv.Atoi(args[1])
	if err != nil || most < 1 {
		return fmt.Errorf("bench: serve: greatest frame %q: want a number of bytes", args[1])
	}
	addr, counts, stop, err := serveKind(args[0], most)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	if _, err := fmt.Fprintln(out, addr); err != nil {
		return fmt.Errorf("bench: serve: %w", err)
	}
	// Nothing is allocated for an answer: a trial would count it as the server's.
	answer := make([]byte, 0, 512)
	for asked := bufio.NewScanner(in); asked.Scan(); {
		u := usedOf(counts, string(asked.Bytes()) == askCollect)
		answer = u.append(answer[:0])
		if _, err := out.Write(answer); err != nil {
			return fmt.Errorf("bench: serve: %w", err)
		}
	}
	return nil
}

// append appends u as a line of JSON, with the names of its fields.
func (u *used) append(line []byte) []byte {
	for i, f := range [...]struct {
		key   string
		value int64
	}{{"Reads", u.Reads}, {"Writes", u.Writes}, {"Conns", u.Conns}, {"FramesIn", u.FramesIn}, {"BytesIn", u.BytesIn}, {"CPU", int64(u.CPU)}, {"Allocs", u.Allocs}, {"Live", u.Live}} {
		line = append(line, "{,"[min(i, 1)], '"')
		line = append(line, f.key...)
		line = append(line, '"', ':')
		line = strconv.AppendInt(line, f.value, 10)
	}
	return append(line, '}', '\n')
}

// serveKind starts what is to be served. counts are those that it keeps itself.
func serveKind(kind string, most int) (addr string, counts func() used, stop func() error, err error) {
	switch kind {
	case serveLoadframe:
		s, err := server.Start(server.Config{Listen: []server.Listener{{Network: "tcp", Address: "127.0.0.1:0"}}, Limits: server.Limits{MaxFrame: most}, Alone: true})
		if err != nil {
			return "", nil, nil, err
		}
		counts = func() used {
			st := s.Stats()
			return used{Reads: st.Reads, Writes: st.Writes, Conns: st.Conns, FramesIn: st.FramesIn, BytesIn: st.BytesIn}
		}
		return s.Addrs()[0].String(), counts, func() error { return stopNow(s) }, nil
	case serveBareEcho:
		b, err := startBareEcho()
		if err != nil {
			return "", nil, nil, err
		}
		counts = func() used { return used{Reads: b.reads.Load(), Writes: b.writes.Load()} }
		return b.listener.Addr().String(), counts, func() error { b.stop(); return nil }, nil
	}
	return "", nil, nil, fmt.Errorf("bench: serve %.64q: want %s or %s", kind, serveLoadframe, serveBareEcho)
}

// stopNow: nothing is owed to anybody.
func stopNow(s *server.Server) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}

func usedOf(counts func() used, collect bool) used {
	var live int64
	if collect {
		live = inUse()
	}
	u := counts()
	u.Live = live
	cpu, _ := sysinfo.CPUTime()
	u.CPU = cpu.Total()
	// Package runtime/metrics tells of objects when the processor that has made
	// them takes its next span: of a trial that makes few, none or those of another
	// time. ReadMemStats stops the world and counts all; a trial asks before its
	// first message and behind its last.
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.Allocs = int64(m.Mallocs)
	return u
}

// inUse returns the bytes of live objects and of stacks, after a collection.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what the first one put into the victim caches of pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
