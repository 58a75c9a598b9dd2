package cli_test

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadframe/loadframe/internal/cli"
)

// TestMain makes the test binary loadframe itself when it is run by that name:
// the scripts run real processes with real signals and exit statuses.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"loadframe": func() { os.Exit(cli.Main(os.Args, os.Stdout, os.Stderr)) },
	})
}

// limit bounds everything that a script waits for: only a hang reaches it.
const limit = time.Minute

// gorace shortens the second that the race detector makes a process wait at
// its exit: the scripts run some hundred.
const gorace = "atexit_sleep_ms=20"

// TestScript runs testdata/script/*.txtar. Beside what testscript knows they
// use
//
//	refuses CODE REGEXP PROGRAM ARG...    run to its end: exit status CODE, stderr one line, "loadframe: " and what REGEXP matches
//	interrupt CODE REGEXP PROGRAM ARG...  wait for a line on its stdout that matches, then send SIGINT
//	serve ARG...                          start loadframe serve; $ADDR, $ADDR2, ... are its listeners, serve.log is its stderr
//	shutdown                              send it SIGTERM and expect status 0
//	served REGEXP                         after that: a line it printed behind its listeners matches
//	receive HOST ARG...                   start loadframe recv on a free port; $HOST and $PORT are where
//	received CODE [interrupt]             wait for its end and status; its stdout is that of this command
//	json EXPR...                          check stdout as one JSON document; see jsonExpect
//	stream EVENT,EVENT,... EXPR...        check stdout as lines of JSON; see streamExpect
//	csv EXPR...                           check stdout as a table; see csvExpect
//	bench EXPR...                         check stdout as benchmark text; see benchExpect
//	raw [-close] ADDR SEND WANT           send bytes, compare what comes back; see raw
//	closedport NAME                       set $NAME to an address that nobody listens to
//	proxy ARG...                          start loadframe proxy; $PROXY is where it listens
//	proxied [-wait]                       end it, or wait for its end; stdout and stderr have what it printed since
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", gorace)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refuses":    refuses,
			"interrupt":  interrupt,
			"serve":      serve,
			"shutdown":   shutdown,
			"served":     served,
			"json":       jsonExpect,
			"receive":    receive,
			"received":   received,
			"stream":     streamExpect,
			"csv":        csvExpect,
			"bench":      benchExpect,
			"raw":        raw,
			"closedport": closedPort,
			"proxy":      proxy,
			"proxied":    proxied,
		},
	})
}

// want fails the script if a command that cannot be negated is, or has too few
// arguments.
func want(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}
