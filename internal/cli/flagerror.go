package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagWants says what the flags of a type take, where Go's own parser reads them: its message would name a function of ours, and no limit.
// Flags of our own types say that themselves.
var flagWants = map[string]string{
	"bool":        "true or false",
	"int":         fmt.Sprintf("a whole number, at most %d", math.MaxInt),
	"uint64":      fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)),
	"stringSlice": "values with commas between them, and quotes in pairs",
	"stringToInt": fmt.Sprintf("NAME=NUMBER, several with commas between them, a number at most %d", math.MaxInt),
}

// flagError names the flag, what was typed, and what the flag takes or which other was meant, for every command.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	var syntax *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		if want, ok := flagWants[flag.Value.Type()]; ok {
			return fmt.Errorf("--%s %.64q: want %s", flag.Name, invalid.GetValue(), want)
		}
		return fmt.Errorf("--%s: %w", flag.Name, invalid.Unwrap())
	case errors.As(err, &missing):
		flag := missing.GetFlag()
		kind, _ := pflag.UnquoteUsage(flag)
		return fmt.Errorf("--%s: no value: want %s", flag.Name, cmp.Or(flagWants[flag.Value.Type()], "--"+flag.Name+" "+strings.TrimSuffix(kind, "Array")))
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &syntax):
		return fmt.Errorf("%.64q: want --NAME or --NAME=VALUE", syntax.GetSpecifiedFlag())
	}
	return err
}
