package bench

import (
	"fmt"
	"os"
	"testing"

	"github.com/loadframe/loadframe/server/servertest"
)

// serveArg makes the test binary a server of an experiment.
const serveArg = "-serve-experiment"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serveArg {
		if err := Serve(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	servertest.Main(m)
}

// command is that of Config.Server.
func command(tb testing.TB) []string {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return []string{exe, serveArg}
}
