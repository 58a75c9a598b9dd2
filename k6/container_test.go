package k6_test

import (
	"debug/elf"
	"fmt"
	"os"
	"strings"
	"testing"
)

// buildStep returns the one build step of a container file.
func buildStep(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var steps []string
	for line := range strings.Lines(string(text)) {
		if step, ok := strings.CutPrefix(line, "RUN "); ok {
			steps = append(steps, strings.TrimSpace(step))
		}
	}
	if len(steps) != 1 {
		return "", fmt.Errorf("%s has %d RUN lines, want 1", file, len(steps))
	}
	return steps[0], nil
}

// The images have nothing but the program: it needs no loader and no library,
// and its user is a number that is not root's.
func TestContainersAreMinimal(t *testing.T) {
	for file, build := range map[string]func() (string, error){"Containerfile": buildK6, "../Containerfile": buildPlain} {
		f, err := elf.Open(program(t, build))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("%s: the program needs a loader", file)
			}
		}
		if libs, err := f.ImportedLibraries(); err == nil && len(libs) > 0 {
			t.Errorf("%s: the program needs %v", file, libs)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, image, _ := strings.Cut(string(text), "\nFROM scratch\n")
		user := ""
		for line := range strings.Lines(image) {
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if word == "USER" {
				user = rest
			}
		}
		if user != "65532:65532" {
			t.Errorf("%s: the image's user is %q", file, user)
		}
	}
}
