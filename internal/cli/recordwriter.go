package cli

import (
	"io"
	"log/slog"
	"sync"
	"time"
)

// recordWriter writes records, each with one Write, to what may refuse them, as a
// full disk does. What is lost is told to the log, at most once a second, and a
// line that was torn is ended before the next. One goroutine may write. Write has
// no error: a json.Encoder would never write again.
type recordWriter struct {
	to  io.Writer
	log *slog.Logger

	mu   sync.Mutex // of all below; held while to blocks
	torn bool
	lost int64 // not yet told
	told time.Time
	err  error
}

func (w *recordWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := p
	if w.torn {
		line = append([]byte{'\n'}, p...)
	}
	n, err := w.to.Write(line)
	if err == nil {
		w.torn = false
		return len(p), nil
	}
	w.torn = n > 0 || w.torn
	w.lost++
	w.err = err
	if time.Since(w.told) >= time.Second {
		w.tell()
	}
	return len(p), nil
}

// end tells what is not yet told. A write that does not return is left behind.
func (w *recordWriter) end() {
	if w.mu.TryLock() {
		w.tell()
		w.mu.Unlock()
	}
}

func (w *recordWriter) tell() {
	if w.lost > 0 {
		w.log.Error("records were taken, but cannot be written", "records", w.lost, "error", w.err)
		w.lost, w.told = 0, time.Now()
	}
}
