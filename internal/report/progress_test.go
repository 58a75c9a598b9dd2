package report

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestGauge(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		config ProgressConfig
		done   int64
		after  time.Duration
		want   string
	}{
		{ProgressConfig{Goal: 4_000_000_000}, 0, 0, "0 % 0 B 0 B/s ETA -"},
		{ProgressConfig{Goal: 4_000_000_000}, 1_000_000_000, time.Second, "25 % 1.00 GB 1.00 GB/s ETA 3s"},
		{ProgressConfig{Goal: 4_000_000_000}, 5_000_000_000, time.Second, "100 % 5.00 GB 5.00 GB/s ETA 0s"},
		{ProgressConfig{Goal: 1_000_000, Unit: Messages}, 412_345, time.Second, "41 % 412,345 412 k/s ETA 1s"},
		{ProgressConfig{Goal: 1 << 62, Unit: Messages}, 1, time.Second, "0 % 1 1/s ETA -"},
		{ProgressConfig{Duration: 10 * time.Second}, 1_800_000_000, 4 * time.Second, "40 % 4s of 10s 1.80 GB 450 MB/s"},
		{ProgressConfig{Duration: 500 * time.Millisecond}, 1_800_000_000, 200 * time.Millisecond, "40 % 0.2s of 0.5s 1.80 GB 9.00 GB/s"},
		{ProgressConfig{Duration: 1250 * time.Millisecond}, 1_800_000_000, time.Second, "80 % 1.0s of 1.25s 1.80 GB 1.80 GB/s"},
		{ProgressConfig{Duration: 12500 * time.Millisecond}, 1_800_000_000, 10 * time.Second, "80 % 10s of 12.5s 1.80 GB 180 MB/s"},
		{ProgressConfig{Duration: 10 * time.Second}, 1_800_000_000, 12 * time.Second, "100 % 12s of 10s 1.80 GB 150 MB/s"},
		{ProgressConfig{Duration: time.Second}, -1, -time.Second, "0 % -1.0s of 1s -1 B 0 B/s"},
	} {
		var done atomic.Int64
		done.Store(c.done)
		g := gauge{ProgressConfig: c.config, done: &done, start: start}
		if got := strings.Join(strings.Fields(g.text(start.Add(c.after))), " "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestProgressNothing(t *testing.T) {
	var none *Progress
	for _, p := range []*Progress{none, {}, StartProgress(ProgressConfig{}), StartProgress(ProgressConfig{Goal: 5})} {
		p.Set(1)
		p.Line("nowhere")
		p.Done()
	}
	var b bytes.Buffer
	p := StartProgress(ProgressConfig{Lines: &b, Goal: 5})
	p.Line("one")
	p.Done()
	p.Line("two")
	if b.String() != "one\ntwo\n" {
		t.Errorf("%q", b.String())
	}
}
