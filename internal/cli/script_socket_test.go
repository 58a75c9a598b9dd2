package cli_test

import (
	"io"
	"net"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// raw sends bytes over a connection of its own and compares what comes back,
// byte for byte. SEND and WANT are as within a Go string literal. Once WANT
// has come, raw shuts its direction down and the server must close without
// another byte; with -close the server must close by itself.
func raw(ts *testscript.TestScript, neg bool, args []string) {
	byItself := len(args) > 0 && args[0] == "-close"
	if byItself {
		args = args[1:]
	}
	want(ts, neg, args, 3, "raw [-close] ADDR SEND WANT")
	send, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	expect, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)

	nc, err := net.DialTimeout("tcp", args[0], limit)
	ts.Check(err)
	defer nc.Close()
	ts.Check(nc.SetDeadline(time.Now().Add(limit)))
	_, err = io.WriteString(nc, send)
	ts.Check(err)
	got := make([]byte, len(expect))
	n, err := io.ReadFull(nc, got)
	if string(got[:n]) != expect {
		ts.Fatalf("sent %q\n got %q, %v\nwant %q", send, got[:n], err, expect)
	}
	if !byItself {
		ts.Check(nc.(*net.TCPConn).CloseWrite())
	}
	if rest, err := io.ReadAll(nc); err != nil || len(rest) > 0 {
		ts.Fatalf("sent %q: after the answer came %q, %v, where the end was expected", send, rest, err)
	}
}
