package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Whatever a flag is given, of whatever command: the error names the flag, and neither the library that reads it nor its functions.
func TestFlagErrorsAreOurs(t *testing.T) {
	refused := map[string]int{}
	walk(newTestRoot(), func(cmd *cobra.Command) {
		for _, name := range flagNames(cmd) {
			for _, value := range []string{"-1", "x", `a"b`, "99999999999999999999999999", "1.5", "", "x=y", strings.Repeat("9", 1000)} {
				err := cmd.ParseFlags([]string{"--" + name + "=" + value})
				if err == nil {
					continue
				}
				err = cmd.FlagErrorFunc()(cmd, err)
				refused[cmd.Flags().Lookup(name).Value.Type()]++
				for _, internal := range []string{"strconv", "invalid argument", "parse error", "Parse", "syntax"} {
					if strings.Contains(err.Error(), internal) {
						t.Errorf("%s --%s=%.32s: %v", cmd.CommandPath(), name, value, err)
					}
				}
				if !strings.HasPrefix(err.Error(), "--"+name) || len(err.Error()) > 400 {
					t.Errorf("%s --%s=%.32s: %v", cmd.CommandPath(), name, value, err)
				}
			}
		}
	})
	for kind := range flagWants {
		if refused[kind] == 0 {
			t.Errorf("no flag of type %s has refused anything", kind)
		}
	}
}

// A flag that ends the line, and needs a value, says so by its name and tells of what kind.
func TestFlagWithoutValue(t *testing.T) {
	walk(newTestRoot(), func(cmd *cobra.Command) {
		for _, name := range flagNames(cmd) {
			f := cmd.Flags().Lookup(name)
			for _, typed := range []string{"--" + name, "-" + f.Shorthand} {
				if err := cmd.ParseFlags([]string{typed}); err != nil {
					if got, want := cmd.FlagErrorFunc()(cmd, err).Error(), "--"+name+": no value: want "; !strings.HasPrefix(got, want) || len(got) == len(want) {
						t.Errorf("%s %s: %s", cmd.CommandPath(), typed, got)
					}
				} else if f.NoOptDefVal == "" && typed != "-" {
					t.Errorf("%s %s is taken without a value", cmd.CommandPath(), typed)
				}
			}
		}
	})
}

func TestFlagErrorNamesValueAndLimit(t *testing.T) {
	for args, want := range map[string]string{
		"load echo --seed -1":                      `--seed "-1": want a whole number from 0 to 18446744073709551615`,
		"load echo --seed 18446744073709551616":    `--seed "18446744073709551616": want a whole number from 0 to 18446744073709551615`,
		"load echo -P 99999999999999999999":        `--parallel "99999999999999999999": want a whole number, at most 9223372036854775807`,
		"load echo --nodelay=maybe":                `--nodelay "maybe": want true or false`,
		"load echo -i -1":                          `--interval: units: duration "-1": negative; the least is 0`,
		"capacity echo --slo p99<1s --precision x": `--precision: part "x": want 0.1% to 50%, or 0.001 to 0.5`,
		"load echo -P":                             `--parallel: no value: want a whole number, at most 9223372036854775807`,
		"load echo --interval":                     `--interval: no value: want --interval duration`,
		"load echo --label":                        `--label: no value: want --label string`,
		"load echo ---seed":                        `"---seed": want --NAME or --NAME=VALUE`,
		"serve --classic-port echo=x":              `--classic-port "echo=x": want NAME=NUMBER, several with commas between them, a number at most 9223372036854775807`,
	} {
		var out, problem bytes.Buffer
		if code := Main(strings.Fields("loadframe "+args), &out, &problem); code != exitUsage || problem.String() != "loadframe: "+want+"\n" || out.Len() > 0 {
			t.Errorf("%s: exit %d, %q, %q; want %q", args, code, out.String(), problem.String(), want)
		}
	}
}

// A flag that has to be there, and is not, is told in our words, whichever the command.
func TestRequiredFlags(t *testing.T) {
	found := 0
	walk(newTestRoot(), func(cmd *cobra.Command) {
		for _, name := range flagNames(cmd) {
			if cmd.Flags().Lookup(name).Annotations[cobra.BashCompOneRequiredFlag] == nil {
				continue
			}
			found++
			if cmd.PreRunE == nil {
				t.Errorf("%s without --%s: cobra answers", cmd.CommandPath(), name)
			} else if err := cmd.PreRunE(cmd, nil); err == nil || !strings.HasPrefix(err.Error(), cmd.Name()+": no --"+name+": want --"+name+" ") {
				t.Errorf("%s without --%s: %v", cmd.CommandPath(), name, err)
			}
		}
	})
	if found == 0 {
		t.Error("no command has a flag that is required")
	}
}
