package server

import (
	"log/slog"
	"testing"
)

type blocked struct{ until chan struct{} }

func (b blocked) Write(p []byte) (int, error) { <-b.until; return len(p), nil }

// A log that nobody reads loses lines, and nobody waits for it.
func TestConnectionLogLosesLines(t *testing.T) {
	b := blocked{make(chan struct{})}
	l := newConnLogger(slog.New(slog.NewTextHandler(b, nil)))
	for range logQueue + 10 {
		l.written.Store(0) // as if each were the first of its second
		l.put("line")
	}
	if n := l.suppressed.Load(); n < 9 { // one may be on its way out
		t.Errorf("%d lines lost, want 9 or 10", n)
	}
	close(b.until)
	l.close()
}
