package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Who slips in a flag's last letters, or types one dash for two, is told which was meant; whatever else is typed ends in one line that names it.
func TestUnknownFlags(t *testing.T) {
	walk(newTestRoot(), func(cmd *cobra.Command) {
		refusal := func(typed string) string {
			err := cmd.ParseFlags([]string{typed})
			if err == nil {
				return ""
			}
			return cmd.FlagErrorFunc()(cmd, err).Error()
		}
		for _, name := range flagNames(cmd) {
			slip := "--" + name[:len(name)-1] + "q"
			if got := refusal(slip); len(name) > 2 && (!strings.Contains(got, slip) || !strings.Contains(got, "did you mean ") || !strings.Contains(got, "--"+name)) {
				t.Errorf("%s %s: %s", cmd.CommandPath(), slip, got)
			}
			if got := refusal("-" + name); strings.HasPrefix(got, "unknown flag") && !strings.HasSuffix(got, "--"+name+"?") {
				t.Errorf("%s -%s: %s", cmd.CommandPath(), name, got)
			}
		}
		for _, typed := range []string{"--bogus", "-y", "-é", "--\n", "--\xff", "-\x1b", "--" + strings.Repeat("x", 1000), "--x y=z"} {
			if got := refusal(typed); !strings.HasPrefix(got, `unknown flag "`) || !strings.Contains(got, cmd.CommandPath()) || strings.ContainsAny(got, "\n\x1b") || len(got) > 400 {
				t.Errorf("%s %.20q: %q", cmd.CommandPath(), typed, got)
			}
		}
	})
}

// What is right for other tools is answered with what to type here, where there is such a thing.
func TestFlagsOfOtherTools(t *testing.T) {
	for args, want := range map[string]string{
		"-c 192.0.2.7":                 "want loadframe load WORKLOAD HOST:PORT",
		"-s":                           "want loadframe serve",
		"load -c 192.0.2.7":            "the server is an argument, as in loadframe load pull HOST:PORT; connections are -P, --parallel",
		"load pull -p 5201":            "the port stands behind the host, as in 192.0.2.7:8120",
		"load pull -R":                 "want loadframe load pull, where the server sends",
		"load pull --bidir":            "want loadframe load duplex",
		"load pull --connections 5":    "did you mean -P, --parallel?",
		"load pull --duration 5s":      "did you mean -t, --time?",
		"load echo --message-rate 5k":  "did you mean -r, --rate?",
		"load echo --message hello":    "did you mean --payload?",
		"load echo --no-delay":         "did you mean -N, --nodelay?",
		"serve -p 5201":                "want --listen HOST:PORT",
		"serve --workers 2":            "did you mean --loops?",
		"load echo --workers 2":        "loadframe load --help lists those there are", // no such thing
		"load echo --json --workers 2": "loadframe load --help lists those there are",
	} {
		var out, problem bytes.Buffer
		code := Main(strings.Fields("loadframe "+args), &out, &problem)
		if got := problem.String(); code != exitUsage || !strings.HasPrefix(got, "loadframe: unknown flag ") || !strings.HasSuffix(got, ": "+want+"\n") {
			t.Errorf("%s: exit %d, %q; want %q", args, code, got, want)
		}
	}
}

// A hint is of no use if what it names is not there, or nobody can be told it.
func TestFlagHintsNameFlags(t *testing.T) {
	var all []*cobra.Command
	walk(newTestRoot(), func(cmd *cobra.Command) { all = append(all, cmd) })
	for typed, flag := range otherNames {
		told := false
		for _, cmd := range all {
			err := cmd.ParseFlags([]string{typed + "=x"})
			told = told || err != nil && strings.Contains(cmd.FlagErrorFunc()(cmd, err).Error(), "--"+flag+"?")
		}
		if !told {
			t.Errorf("%s: no command says --%s", typed, flag)
		}
	}
	for _, p := range otherPlaces {
		for _, typed := range strings.Fields(p.flags) {
			for _, cmd := range all {
				if !oneOf(p.commands, cmd.Name()) {
					continue
				}
				if err := cmd.ParseFlags([]string{typed}); err == nil || !strings.HasSuffix(cmd.FlagErrorFunc()(cmd, err).Error(), p.want) {
					t.Errorf("%s %s: %v; want %s", cmd.CommandPath(), typed, err, p.want)
				}
			}
		}
	}
}
