package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// flagsAlone refuses arguments of a command that has none: cobra would call them unknown commands. Whoever types one most likely means it
// for flag.
func flagsAlone(flag string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%s: %.64q stands without a flag: want --%s %.64s", cmd.Name(), args[0], flag, args[0])
		}
		return nil
	}
}

// oneAddr takes ADDR or nothing.
func oneAddr(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s: %.64q: want one ADDR, and that is %.64q already", cmd.Name(), args[1], args[0])
	}
	return nil
}

// someResults takes the arguments of merge.
func someResults(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("merge: which results? A directory of --result-dir, or files")
	}
	return nil
}

// require marks a flag as one that has to be there, which completion knows of too, and says what it wants: cobra, which looks behind PreRunE,
// would have words of its own.
func require(cmd *cobra.Command, flag, want string) {
	_ = cmd.MarkFlagRequired(flag)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed(flag) {
			return fmt.Errorf("%s: no --%s: want --%s %s", cmd.Name(), flag, flag, want)
		}
		return nil
	}
}
