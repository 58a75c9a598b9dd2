package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is for those who make packages: hidden from the help.
func newMan(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages",
		Long:    "Write a manual page (section 1) for each command to the directory DIR, which is made if need be.",
		Example: "  loadframe man /usr/local/share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return failed(fmt.Errorf("man: %w", err))
			}
			root.DisableAutoGenTag = true // two builds of one version write the same
			if err := doc.GenManTree(root, &doc.GenManHeader{Source: "Loadframe", Manual: "Loadframe"}, args[0]); err != nil {
				return failed(fmt.Errorf("man: %w", err))
			}
			return nil
		},
	}
}
