package k6_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The examples are what index.d.ts says that one can write, by TypeScript's own
// account.
func TestTypes(t *testing.T) {
	node, err := exec.LookPath("node")
	npm, nerr := exec.LookPath("npm")
	if err != nil || nerr != nil {
		t.Skip("no node, or no npm")
	}
	dir := t.TempDir()
	install := exec.Command(npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", dir, "typescript@5.9.3")
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("TypeScript is not to be had: %v\n%s", err, out)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	k6 := write("k6.d.ts", "declare const __ENV: Record<string, string>;\ndeclare const console: { log(...a: unknown[]): void; warn(...a: unknown[]): void };\n")
	check := func(files ...string) error {
		args := append([]string{filepath.Join(dir, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "--strict", "--allowJs", "--checkJs", "--target", "es2022",
			"--lib", "es2022", "--module", "esnext", "--moduleResolution", "bundler", filepath.Join(here, "index.d.ts"), k6}, files...)
		out, err := exec.Command(node, args...).CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	examples, err := filepath.Glob(filepath.Join(here, "examples", "*.js"))
	if err != nil || len(examples) == 0 {
		t.Fatal(err)
	}
	if err := check(examples...); err != nil {
		t.Error(err)
	}
	// A check that finds nothing could be one that looks at nothing.
	wrong := write("wrong.js", `import loadframe from "k6/x/loadframe"; loadframe.client({ addr: "x:1", mesages: 1 }).burst().nothing;`)
	if check(wrong) == nil {
		t.Error("an option and a result that there are not are accepted")
	}
}
