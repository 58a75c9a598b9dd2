package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/bench"
)

// compareServerName is the command that compare starts: its servers have
// processes of their own.
const compareServerName = "compare-server"

func newCompareServer(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     compareServerName + " KIND MAX-FRAME",
		Short:   "Be a server of compare, in a process of its own",
		Long:    "Be a server of compare, in a process of its own: it is started by compare, and ends when its standard input does.",
		Example: "  loadframe compare-server bare-echo 65536",
		Hidden:  true,
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := bench.Serve(args, e.stdin, e.stdout); err != nil {
				return failed(err)
			}
			return nil
		},
	}
}

// compareServer is the command line of such a process.
func compareServer() ([]string, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("compare: what to start as a server: %w", err)
	}
	return []string{exe, compareServerName}, nil
}
