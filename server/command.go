package server

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/loadframe/loadframe/internal/pattern"
)

// CommandLimit is the greatest file that the command handler generates, in
// bytes. Clients in the field know the number and the text of the refusal.
const CommandLimit = 123456789

const filePrepared = "file_prepared"

// command is the grammar that people type and that the older tools speak, one
// command a frame, white space around it dropped:
//
//	N             file_prepared, then N times 'A'; above CommandLimit a refusal
//	stream-MS-N   N packets equal to the frame, MS milliseconds apart, the first
//	              after as long; also "stream MS N", and "stream" is 10 1000
//	SYN           ACK!
//	time          the time as ctime writes it, CR LF
//	ls, chdir DIR, dl FILE
//	              see files; echoed by a server without a root
//	quit          closes the connection, with no answer
//	other         is echoed, byte for byte
//
// A negative N gets file_prepared and no bytes, and 0 is echoed, as they always
// were. command:once answers a blank command with nothing.
type command struct {
	limit int64
	once  bool
	files files
}

func newCommand(l Limits, p *params) (Handler, error) {
	return &command{limit: min(CommandLimit, l.MaxTransfer), once: p.once}, nil
}

func (h *command) Serve(r *Reply, frame []byte) error {
	word := bytes.TrimSpace(frame)
	switch string(word) {
	case "SYN":
		return r.Frame([]byte(AckText))
	case "time":
		return r.Frame(appendClock(r.conn.scratch[:0], time.Now()))
	case "quit":
		r.Close()
		return nil
	case "":
		if h.once {
			r.Close()
			return nil
		}
	}
	if s, is := streamCommand(word); is {
		if s.refused {
			r.count(refusedStream)
		}
		if s.fault != "" {
			return r.Frame([]byte(s.fault))
		}
		return r.packets(&packets{payload: bytes.Clone(frame), interval: s.interval, count: s.count})
	}
	if is, err := h.files.serve(r, word); is {
		return err
	}
	n, is := integer(word)
	switch {
	case !is || n == 0:
		return r.Frame(frame)
	case n > h.limit:
		r.count(refusedTransfer)
		return r.Frame(fmt.Appendf(nil, "Request for file of %s chars. Server limit is: %d chars.", decimal(word), h.limit))
	case n < 0:
		return r.Frame([]byte(filePrepared))
	}
	if err := r.notice([]byte(filePrepared)); err != nil {
		return err
	}
	return r.file(pattern.Filled('A'), 0, n, 0)
}

// integer reads what the older server took for a number: Python's int, so "+7"
// and "1_000" too, of at most 64 characters. One that is too large for an int64
// is the greatest int64.
func integer(word []byte) (n int64, is bool) {
	if len(word) == 0 || len(word) > 64 {
		return 0, false
	}
	text := decimal(word)
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) { // told before the rest is looked at
		return n, strings.Trim(text[1:], "0123456789") == ""
	}
	return n, err == nil
}

// decimal drops the underscores that may stand between two digits.
func decimal(word []byte) string {
	s := string(word)
	if strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") || strings.Contains(s, "+_") || strings.Contains(s, "-_") {
		return s
	}
	return strings.ReplaceAll(s, "_", "")
}
