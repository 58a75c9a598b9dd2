package results_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/k6/internal/results"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// read reads the one result of a directory.
func read(t *testing.T, dir string) *report.Part {
	t.Helper()
	p := &report.Part{Name: filepath.Join(dir, "a.1of1.json"), Result: &report.Result{}}
	text, err := os.ReadFile(p.Name)
	if err == nil {
		err = json.Unmarshal(text, p.Result)
	}
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Open(filepath.Join(dir, p.Result.Instance.Histograms))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if p.Histograms, err = report.ReadHistogramLog(log); err != nil {
		t.Fatal(err)
	}
	return p
}

// What VUs add at the same time is their sum, histograms bucket for bucket, and
// is what merge reads.
func TestBurstsOfManyAddUp(t *testing.T) {
	const vus, bursts, messages = 8, 5, 300
	s := servertest.Start(t, server.Config{})
	config := client.Config{Workload: client.Echo, Addr: s.Addr, Messages: messages, Depth: 4}
	r, dir := results.New(config), t.TempDir()
	of := report.Instance{Run: "a", ID: "a.1of1", Segment: report.Segment{Count: 1, Start: "0", End: "1"}}
	var mu sync.Mutex
	var sum *hdrhistogram.Histogram
	var wg sync.WaitGroup
	for range vus {
		wg.Go(func() {
			if err := r.Open(dir, of); err != nil {
				t.Error(err)
				return
			}
			session, err := client.NewSession(config)
			if err != nil {
				t.Error(err)
				return
			}
			defer session.Close()
			for range bursts {
				b, err := session.Burst(context.Background(), client.Observer{})
				r.Add(&b, err)
				mu.Lock()
				if sum == nil {
					sum = report.NewHistogram()
				}
				sum.Merge(b.Response)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if name, err := r.Close(); err != nil || name != "a.1of1.json" {
		t.Fatalf("%q, %v", name, err)
	}
	merged, all, err := report.Merge([]*report.Part{read(t, dir)}, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := *merged.Totals.Messages; n != vus*bursts*messages || n != all.ByTag[""].TotalCount() || merged.Totals.Connections != vus || merged.Failed() {
		t.Errorf("%d messages over %d connections, error %q", n, merged.Totals.Connections, merged.Error)
	}
	if !sum.Equals(all.ByTag[""]) {
		t.Error("the histogram is not the sum of those of the bursts")
	}
}

// A result of which a burst failed says so, and how often.
func TestFailedBurstsFailTheResult(t *testing.T) {
	r, dir := results.New(client.Config{}), t.TempDir()
	if err := r.Open(dir, report.Instance{Run: "a", ID: "a.1of1", Segment: report.Segment{Count: 1, Start: "0", End: "1"}}); err != nil {
		t.Fatal(err)
	}
	c, _, err := client.Config{Workload: client.Echo, Addr: "x:1", Messages: 1}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.Add(&client.Result{Config: c, Faults: map[string]int{client.FaultRefused: 1}}, errors.New("broken"))
	}
	if _, err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Close(); again != "" || err != nil {
		t.Errorf("closed twice: %q, %v", again, err)
	}
	if p := read(t, dir).Result; p.Error != "3 of 3 bursts failed; the first: broken" || p.Totals.Errors != 3 || p.Totals.Faults[client.FaultRefused] != 3 {
		t.Errorf("%q, %+v", p.Error, p.Totals)
	}
}
