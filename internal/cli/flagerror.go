package cli

import (
	"errors"
	"fmt"
	"math"

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

// flagError names the flag, its value and what it takes, for every command; what is wrong with something else than a value stays as it is.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	flag := invalid.GetFlag()
	if want, ok := flagWants[flag.Value.Type()]; ok {
		return fmt.Errorf("--%s %.64q: want %s", flag.Name, invalid.GetValue(), want)
	}
	return fmt.Errorf("--%s: %w", flag.Name, invalid.Unwrap())
}
