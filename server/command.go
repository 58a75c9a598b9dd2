package server

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/internal/pattern"
)

// CommandLimit is the greatest file that the command handler generates, in
// bytes. Clients in the field know the number and the text of the refusal.
const CommandLimit = 123456789

const filePrepared = "file_prepared"

// command is the grammar that people type and that the older tools speak, one
// command a frame, white space around it dropped:
//
//	N        file_prepared, then N times 'A'; above CommandLimit a refusal
//	SYN      ACK!
//	quit     closes the connection, with no answer
//	other    is echoed, byte for byte
//
// A negative N gets file_prepared and no bytes, as it always did.
type command struct{ limit int64 }

func newCommand(l Limits, _ *params) (Handler, error) {
	return command{min(CommandLimit, l.MaxTransfer)}, nil
}

func (h command) Serve(r *Reply, frame []byte) error {
	word := bytes.TrimSpace(frame)
	switch string(word) {
	case "SYN":
		return r.Frame([]byte(AckText))
	case "quit":
		r.Close()
		return nil
	}
	n, is := integer(word)
	switch {
	case !is:
		return r.Frame(frame)
	case n > h.limit:
		return r.Frame(fmt.Appendf(nil, "Request for file of %s chars. Server limit is: %d chars.", decimal(word), h.limit))
	}
	if err := r.Frame([]byte(filePrepared)); err != nil || n <= 0 {
		return err
	}
	return r.file(pattern.Filled('A'), 0, n, 0)
}

// integer reads what the older server took for a number: Python's int, so "+7"
// and "1_000" too. One that is too large for an int64 is the greatest int64.
func integer(word []byte) (n int64, is bool) {
	if len(word) == 0 || len(word) > 64 {
		return 0, false
	}
	n, err := strconv.ParseInt(decimal(word), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return n, true
}

// decimal drops the underscores that may stand between two digits.
func decimal(word []byte) string {
	s := string(word)
	if strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") || strings.Contains(s, "+_") || strings.Contains(s, "-_") {
		return s
	}
	return strings.ReplaceAll(s, "_", "")
}
