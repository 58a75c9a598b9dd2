package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func newTestRoot() *cobra.Command {
	root := newRoot(&env{args: []string{"loadframe"}, stdout: io.Discard, stderr: io.Discard})
	root.InitDefaultCompletionCmd("x") // else only Execute adds it
	root.InitDefaultHelpCmd()
	root.InitDefaultVersionFlag()
	return root
}

// walk calls f with every command of ours.
func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		if sub.Name() != "completion" && sub.Name() != "help" {
			walk(sub, f)
		}
	}
}

// Whoever asks how a command is used is shown.
func TestCommandsHaveExamples(t *testing.T) {
	walk(newTestRoot(), func(c *cobra.Command) {
		switch {
		case c.Short == "" || c.Long == "":
			t.Errorf("%s: no description", c.CommandPath())
		case c.HasParent() && c.Example == "":
			t.Errorf("%s: no example", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			if _, fed, piped := strings.Cut(line, " | "); piped && strings.HasPrefix(fed, c.CommandPath()) {
				continue // it reads what another command prints
			}
			if !strings.HasPrefix(strings.TrimSpace(line), c.CommandPath()) {
				t.Errorf("%s: %q is an example of something else", c.CommandPath(), line)
			}
		}
	})
}

// The examples of the help are accepted, at least by the flags' parsers.
func TestExamplesParse(t *testing.T) {
	walk(newTestRoot(), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			if before, after, _ := strings.Cut(line, " | "); strings.HasPrefix(after, c.CommandPath()) {
				line = after
			} else {
				line = before
			}
			words := strings.Fields(strings.NewReplacer("'", "", `"`, "").Replace(line))
			words = words[min(len(words), len(strings.Fields(c.CommandPath()))):]
			for _, other := range newTestRoot().Commands() { // flags keep what was set: a fresh one each
				if other.CommandPath() == c.CommandPath() {
					if err := other.ParseFlags(words); err != nil {
						t.Errorf("%s: %v", strings.TrimSpace(line), err)
					}
				}
			}
		}
	})
}

var (
	longFlag = regexp.MustCompile(`(?:^|[\s(\x60'])--([a-z0-9][a-z0-9-]*)`)
	foreign  = regexp.MustCompile(`\b(?:iperf3|tcpkali|curl|wrk2?|benchstat|systemctl|docker|kubectl|k6) [^\x60]*`) // what other programs are told
)

// Every flag that the documentation names is one.
func TestDocumentedFlagsExist(t *testing.T) {
	flags := map[string]bool{"help": true}
	walk(newTestRoot(), func(c *cobra.Command) {
		for _, name := range flagNames(c) {
			flags[name] = true
		}
	})
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	named := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			for _, m := range longFlag.FindAllSubmatch(foreign.ReplaceAll(line, nil), -1) {
				if named++; !flags[string(m[1])] {
					t.Errorf("%s:%d: there is no flag --%s", file, i+1, m[1])
				}
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d flags found in the documentation", named)
	}
}

// Every flag of load is in its page of the documentation, and of capacity in its
// own or that of load.
func TestFlagsOfLoadAreDocumented(t *testing.T) {
	pages := map[string][]byte{}
	for _, name := range []string{"load", "capacity"} {
		text, err := os.ReadFile("../../docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = append(text, pages["load"]...)
	}
	for _, c := range newTestRoot().Commands() {
		text, ok := pages[c.Name()]
		if !ok {
			continue
		}
		for _, name := range flagNames(c) {
			short := "`-" + c.Flags().Lookup(name).Shorthand
			if named := bytes.Contains(text, []byte("--"+name)) || len(short) > 2 && bytes.Contains(text, []byte(short)); !named && name != "help" {
				t.Errorf("docs/%s.md says nothing of --%s", c.Name(), name)
			}
		}
	}
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.InitDefaultHelpFlag()
	for line := range strings.Lines(c.Flags().FlagUsages()) {
		if m := longFlag.FindStringSubmatch(line); m != nil {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}
