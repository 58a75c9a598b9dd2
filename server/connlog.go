package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// requestLines is how many requests of one connection are logged, and
	// requestBytes how much of each.
	requestLines = 8
	requestBytes = 64

	// logLines is how many lines a second the connection log has at most: a
	// flood of connections is not to be one of log.
	logLines = 200

	// logQueue is how many lines wait for whoever reads the log. With more the
	// log loses lines, and no loop ever waits for it.
	logQueue = 1024
)

// connLogger writes the connection log: a goroutine, so that a log that nobody
// reads stops no loop.
type connLogger struct {
	log   *slog.Logger
	lines chan logLine
	quit  chan struct{} // closed when nothing more is to be written
	ended chan struct{}

	second     atomic.Int64 // for which written counts
	written    atomic.Int64
	suppressed atomic.Int64
}

// logLine is one line of the log.
type logLine struct {
	msg   string
	attrs []slog.Attr
}

func newConnLogger(log *slog.Logger) *connLogger {
	l := &connLogger{log: log, lines: make(chan logLine, logQueue), quit: make(chan struct{}), ended: make(chan struct{})}
	go l.run()
	return l
}

func (l *connLogger) run() {
	defer close(l.ended)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case line := <-l.lines:
			l.write(line)
		case <-tick.C:
			l.confess()
		case <-l.quit:
			for len(l.lines) > 0 {
				l.write(<-l.lines)
			}
			l.confess()
			return
		}
	}
}

func (l *connLogger) write(line logLine) {
	l.log.LogAttrs(context.Background(), slog.LevelInfo, line.msg, line.attrs...)
}

// confess tells how many lines were not written.
func (l *connLogger) confess() {
	if n := l.suppressed.Swap(0); n > 0 {
		l.log.Warn("connection log: lines left out", "lines", n, "limit_per_second", logLines)
	}
}

// put writes a line, unless there are too many. Any goroutine may call it.
func (l *connLogger) put(msg string, attrs ...slog.Attr) {
	if now := time.Now().Unix(); l.second.Swap(now) != now {
		l.written.Store(0)
	}
	if l.written.Add(1) <= logLines {
		select {
		case l.lines <- logLine{msg, attrs}:
			return
		default:
		}
	}
	l.suppressed.Add(1)
}

// close returns when the log is written; a log that nobody reads is given up
// after a second.
func (l *connLogger) close() {
	if l == nil {
		return
	}
	close(l.quit)
	select {
	case <-l.ended:
	case <-time.After(time.Second):
	}
}

// connLog is what the log has to tell of one connection.
type connLog struct {
	to       *connLogger
	peer     string
	begun    time.Time
	requests int // that may still be logged

	bytesIn, bytesOut   int64
	framesIn, framesOut int64
	reason              string // why it ends, if something has been said about it
}

// logAccepted begins the log of c.
func (c *conn) logAccepted(peer net.Addr) {
	to := c.lis.srv.conns
	if to == nil {
		return
	}
	c.log = &connLog{to: to, begun: time.Now(), requests: requestLines, peer: "unknown"}
	if peer != nil && peer.String() != "" {
		c.log.peer = peer.String()
	}
	to.put("accepted", slog.String("peer", c.log.peer), slog.String("listener", c.lis.String()))
}

// request logs the beginning of a request to a handler whose requests people
// can read.
func (l *connLog) request(c *conn, frame []byte) {
	if l.requests == 0 {
		return
	}
	if name, _, _ := strings.Cut(c.session.handler, ":"); name != "command" && name != "advanced" {
		l.requests = 0
		return
	}
	l.requests--
	// The handler of the log quotes what is not printable; what would be let
	// through and a terminal might obey is escaped here.
	text := printable(strings.TrimRight(string(frame[:min(len(frame), requestBytes)]), "\r\n"))
	attrs := []slog.Attr{slog.String("peer", l.peer), slog.String("request", text), slog.Int("bytes", len(frame))}
	if l.requests == 0 {
		attrs = append(attrs, slog.Bool("last_logged", true))
	}
	l.to.put("request", attrs...)
}

// count adds what is pending.
func (l *connLog) count(p *pending) {
	l.bytesIn += p.bytesIn
	l.framesIn += p.framesIn
	l.framesOut += p.framesOut
}

// because says why c ends; what is said first holds.
func (c *conn) because(reason string) {
	if c.log != nil && c.log.reason == "" {
		c.log.reason = reason
	}
}

// logClosed ends the log of c; its last owner calls it.
func (c *conn) logClosed(err error) {
	l := c.log
	if l == nil {
		return
	}
	switch {
	case l.reason != "":
	case c.ended:
		l.reason = "peer closed"
	case c.r.closing:
		l.reason = "closed by the server"
	case errors.Is(err, io.EOF):
		l.reason = "peer closed"
	case err != nil && err != errIdle && !errors.Is(err, net.ErrClosed):
		l.reason = err.Error()
	default:
		l.reason = "server stopped"
	}
	attrs := []slog.Attr{slog.String("peer", l.peer), slog.String("handler", c.session.handler), slog.String("framing", c.session.framing),
		slog.Int64("bytes_in", l.bytesIn), slog.Int64("bytes_out", l.bytesOut), slog.Int64("frames_in", l.framesIn), slog.Int64("frames_out", l.framesOut),
		slog.Duration("duration", time.Since(l.begun)), slog.String("reason", l.reason)}
	if i := c.session.instance; i != nil {
		attrs = append(attrs, slog.String("instance", i.name))
	}
	l.to.put("closed", attrs...)
}
