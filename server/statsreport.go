package server

import (
	"encoding/json"
	"reflect"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/sysinfo"
)

// stats answers every frame with one JSON document about the server and its
// process, schema loadframe.stats/1. Where the framing does not delimit, a
// newline ends it.
//
// With instance=NAME in the preface it tells under "instances" what that client
// instance has moved, with instance=* of all; else it has no such key.
type stats struct{ instance string }

func newStats(_ Limits, p *params) (Handler, error) {
	s := stats{p.take("instance")}
	if s.instance == allInstances {
		return s, nil
	}
	return s, checkInstance(s.instance)
}

// statsReport is that document. Numbers that the system does not tell are 0.
type statsReport struct {
	Schema     string           `json:"schema"`
	TimeNS     int64            `json:"time_ns"`  // nanoseconds since 1970
	UptimeS    float64          `json:"uptime_s"` // of the server
	Counters   map[string]int64 `json:"counters"` // Stats, "LaneMoves" as lane_moves
	CPUUserS   float64          `json:"cpu_user_s"`
	CPUSystemS float64          `json:"cpu_system_s"`
	HeapBytes  uint64           `json:"heap_bytes"` // objects, live or not yet swept
	StackBytes uint64           `json:"stack_bytes"`
	MemBytes   uint64           `json:"mem_bytes"` // that the Go runtime has from the system
	RSS        int64            `json:"rss_bytes"`
	RSSPeak    int64            `json:"rss_peak_bytes"`
	Goroutines int              `json:"goroutines"`
	MaxProcs   int              `json:"gomaxprocs"`

	Instances []InstanceTraffic `json:"instances,omitempty"` // of clients that have said which they are
}

func (h stats) Serve(r *Reply, _ []byte) error {
	report := r.conn.lis.srv.report()
	if h.instance != "" {
		report.Instances = r.conn.lis.srv.instancesNamed(h.instance)
	}
	b, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if !codec.Delimits(r.Codec()) {
		b = append(b, '\n')
	}
	return r.Frame(b)
}

// report takes no lock that a busy server would wait for, and does not stop
// the world as runtime.ReadMemStats does, nor does it count descriptors, which
// takes longer the more there are: any peer may ask as often as it likes.
func (s *Server) report() statsReport {
	sample := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(sample)
	now := time.Now()
	cpu, _ := sysinfo.CPUTime()
	rss, _ := sysinfo.RSS()
	peak, _ := sysinfo.PeakRSS()
	return statsReport{
		Schema: "loadframe.stats/1", TimeNS: now.UnixNano(), UptimeS: now.Sub(s.started).Seconds(), Counters: s.Stats().names(),
		CPUUserS: cpu.User.Seconds(), CPUSystemS: cpu.System.Seconds(),
		HeapBytes: sample[0].Value.Uint64(), StackBytes: sample[1].Value.Uint64(), MemBytes: sample[2].Value.Uint64(), RSS: rss, RSSPeak: peak,
		Goroutines: runtime.NumGoroutine(), MaxProcs: runtime.GOMAXPROCS(0),
	}
}

// names returns the counts by the names that they have in JSON.
func (s Stats) names() map[string]int64 {
	v := reflect.ValueOf(s)
	m := make(map[string]int64, v.NumField())
	for i := range v.NumField() {
		var name strings.Builder
		for k, c := range v.Type().Field(i).Name {
			if k > 0 && 'A' <= c && c <= 'Z' {
				name.WriteByte('_')
			}
			name.WriteRune(c)
		}
		m[strings.ToLower(name.String())] = v.Field(i).Int()
	}
	return m
}
