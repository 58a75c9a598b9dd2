package server

import (
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// everySecond lets one line a second through: a flood of connections is not to
// be one of log. The zero value lets the first through.
type everySecond struct{ last atomic.Int64 }

func (e *everySecond) now() bool {
	now := time.Now().Unix()
	return e.last.Swap(now) != now
}

// gnetLogger passes what gnet says to slog, one level down: what matters to the
// operator we say ourselves. gnet keeps one logger for the whole process, that
// of the engine started last.
type gnetLogger struct{ log *slog.Logger }

func (g gnetLogger) Debugf(format string, args ...any) {
	g.log.Debug("gnet: " + fmt.Sprintf(format, args...))
}
func (g gnetLogger) Infof(format string, args ...any) {
	g.log.Debug("gnet: " + fmt.Sprintf(format, args...))
}
func (g gnetLogger) Warnf(format string, args ...any) {
	g.log.Debug("gnet: " + fmt.Sprintf(format, args...))
}
func (g gnetLogger) Errorf(format string, args ...any) {
	g.log.Warn("gnet: " + fmt.Sprintf(format, args...))
}

func (g gnetLogger) Fatalf(format string, args ...any) {
	g.log.Error("gnet: " + fmt.Sprintf(format, args...))
	os.Exit(2)
}
