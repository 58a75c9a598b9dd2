package bench

import (
	"context"
	"testing"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// BenchmarkCompare is the experiment of loadframe compare, cell by cell, under
// the names that its --bench prints. Go measures one benchmark to its end before
// the next, where the command interleaves them round by round: differences of a
// few per cent are for that one.
func BenchmarkCompare(b *testing.B) {
	points, err := Points(FactorNames())
	if err != nil {
		b.Fatal(err)
	}
	cs := Contenders()
	all, err := cells(cs, points, 0, false)
	if err != nil {
		b.Fatal(err)
	}
	s, err := startServers(command(b), "", cs)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.stop(); err != nil {
			b.Error(err)
		}
	})
	for _, x := range all {
		if x.refused == "" {
			b.Run(report.CompareName(x.point, x.contender.Name), func(b *testing.B) { benchmarkCell(b, s, x) })
		}
	}
}

// benchmarkCell exchanges b.N messages. Connecting is in none of the figures.
func benchmarkCell(b *testing.B, s *servers, x *cell) {
	c := x.config
	c.Addr, c.Messages = s.addrFor(x.contender), int64(b.N)
	b.ResetTimer()
	t, err := x.measure(context.Background(), s, c)
	b.StopTimer()
	if err != nil || t.messages < int64(b.N) && x.point.Workload != client.Pull {
		b.Fatal(t, err)
	}
	b.ReportMetric(float64(t.took.Nanoseconds())/float64(t.messages), "ns/op")
	for _, m := range metrics {
		if v, ok := t.values[m.name]; ok {
			b.ReportMetric(v, m.unit)
		}
	}
}
