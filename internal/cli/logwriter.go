package cli

import (
	"io"
	"log/slog"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// logWaiting is how many lines wait for whoever reads the log. With more the
	// log loses lines, and says how many.
	logWaiting = 1024

	// logPatience is how long the end waits for them to be read.
	logPatience = time.Second
)

// logWriter takes lines from those who must not wait, event loops among them, to
// the one goroutine that writes them, which may: a pipe that nobody reads blocks
// its writer. Each Write is a line.
type logWriter struct {
	to    io.Writer
	lines chan []byte
	lost  atomic.Int64
	torn  bool             // the last line stands there in part
	tell  func(lost int64) // writes to to
	quit  chan struct{}
	ended chan struct{}
}

func newLogWriter(to io.Writer) *logWriter {
	return &logWriter{to: to, lines: make(chan []byte, logWaiting), quit: make(chan struct{}), ended: make(chan struct{})}
}

// Write never waits, and keeps no part of p.
func (w *logWriter) Write(p []byte) (int, error) {
	select {
	case w.lines <- append([]byte(nil), p...):
	default:
		w.lost.Add(1)
	}
	return len(p), nil
}

func (w *logWriter) run() {
	defer close(w.ended)
	for {
		select {
		case line := <-w.lines:
			w.put(line)
		case <-w.quit:
			for len(w.lines) > 0 {
				w.put(<-w.lines)
			}
			return
		}
	}
}

// put writes a line, and behind it how many are missing there. An error is
// nobody's to hear: it is the log that cannot be written. Once it can be, as when
// a disk has room again, it tells how many lines that has cost.
func (w *logWriter) put(line []byte) {
	if w.torn {
		line = append([]byte{'\n'}, line...)
	}
	k, err := w.to.Write(line)
	if w.torn = err != nil && (k > 0 || w.torn); err != nil {
		w.lost.Add(1)
		return
	}
	if n := w.lost.Swap(0); n > 0 {
		w.tell(n)
	}
}

// close returns when the log is written; a log that nobody reads is given up.
func (w *logWriter) close() {
	close(w.quit)
	select {
	case <-w.ended:
	case <-time.After(logPatience):
	}
}

// newServiceLogger is newLogger for what peers make write and what runs for
// long: neither a log that nobody reads nor one whose reader has gone stops it.
// Call end last.
func newServiceLogger(to io.Writer, format, level string) (log *slog.Logger, end func(), err error) {
	w := newLogWriter(to)
	if log, err = newLogger(w, format, level); err != nil {
		return nil, nil, err
	}
	direct, err := newLogger(to, format, level)
	if err != nil {
		return nil, nil, err
	}
	w.tell = func(lost int64) { direct.Warn("log: lines lost, nobody took them", "lines", lost) }
	// A pipe whose reader has gone would else be the end of the process, and a
	// peer chooses when.
	signal.Ignore(syscall.SIGPIPE)
	go w.run()
	return log, w.close, nil
}
