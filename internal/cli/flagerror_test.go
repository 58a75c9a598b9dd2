package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whatever a flag is given, of whatever command: the error names the flag, and neither the library that reads it nor its functions.
func TestFlagErrorsAreOurs(t *testing.T) {
	root := newRoot(&env{args: []string{"loadframe"}})
	refused := map[string]int{}
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			check(sub)
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		for _, name := range names {
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
	}
	check(root)
	for kind := range flagWants {
		if refused[kind] == 0 {
			t.Errorf("no flag of type %s has refused anything", kind)
		}
	}
}

func TestFlagErrorNamesValueAndLimit(t *testing.T) {
	for args, want := range map[string]string{
		"load echo --seed -1":                      `--seed "-1": want a whole number from 0 to 18446744073709551615`,
		"load echo --seed 18446744073709551616":    `--seed "18446744073709551616": want a whole number from 0 to 18446744073709551615`,
		"load echo -P 99999999999999999999":        `--parallel "99999999999999999999": want a whole number, at most 9223372036854775807`,
		"load echo --nodelay=maybe":                `--nodelay "maybe": want true or false`,
		"load echo -i -1":                          `--interval: units: duration "-1": negative; the least is 0`,
		"capacity echo --slo p99<1s --precision x": `--precision: part "x": want 0.1% to 50%, or 0.001 to 0.5`,
		"serve --classic-port echo=x":              `--classic-port "echo=x": want NAME=NUMBER, several with commas between them, a number at most 9223372036854775807`,
	} {
		var out, problem bytes.Buffer
		if code := Main(strings.Fields("loadframe "+args), &out, &problem); code != exitUsage || problem.String() != "loadframe: "+want+"\n" || out.Len() > 0 {
			t.Errorf("%s: exit %d, %q, %q; want %q", args, code, out.String(), problem.String(), want)
		}
	}
}
