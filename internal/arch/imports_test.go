package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestImports checks the rules on the module as it is. Only production files
// count: a test may import what it needs. The other systems are looked at too,
// since files for them import other packages.
func TestImports(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "freebsd"} {
		graph := list(t, goos)
		if len(graph) < 5 {
			t.Fatalf("GOOS=%s go list finds %d packages; the test looks at nothing", goos, len(graph))
		}
		for _, line := range check(graph) {
			t.Errorf("GOOS=%s: %s", goos, line)
		}
	}
}

// list returns what the packages of this module import on goos.
func list(t *testing.T, goos string) map[string][]string {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.." // the module's root: "./..." is ours and nothing else
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, stderr.Bytes())
	}
	graph := map[string][]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return graph
		} else if err != nil {
			t.Fatal(err)
		}
		graph[p.ImportPath] = p.Imports
	}
}

// TestCheck shows that check can fail: every row breaks one rule, or none.
func TestCheck(t *testing.T) {
	const gnet = "github.com/panjf2000/gnet/v2"
	for _, c := range []struct {
		name string
		who  string
		imp  string // "m/..." is of this module
		want string // in the one line of complaint; "": none
	}{
		{"pure codec", "codec", "bytes", ""},
		{"codec below codec", "codec/codectest", "m/codec", ""},
		{"codec asks others", "codec", "golang.org/x/sys/unix", "codec imports golang.org/x/sys/unix: framing is pure"},
		{"codec asks a leaf", "codec", "m/internal/units", "codec imports internal/units: framing is pure"},
		{"server uses codec", "server", "m/codec", ""},
		{"server uses a leaf", "server", "m/internal/preface", ""},
		{"server uses gnet", "server", gnet, ""},
		{"servertest uses gnet", "server/servertest", gnet + "/pkg/logging", ""},
		{"server uses client", "server", "m/client", "server imports client"},
		{"servertest uses client", "server/servertest", "m/client", "server/servertest imports client"},
		{"server reports", "server", "m/internal/report", "server imports internal/report"},
		{"client uses server", "client", "m/server", "client imports server: a client measures servers that are not ours"},
		{"client uses servertest", "client", "m/server/servertest", "client imports server/servertest"},
		{"client uses gnet", "client", gnet, "reserved for [server/...]"},
		{"bench uses gnet", "bench", gnet, "reserved for [server/...]"},
		{"proxy uses a leaf", "proxy", "m/internal/units", ""},
		{"proxy uses server", "proxy", "m/server", "proxy imports server: a proxy stands between any client and any server"},
		{"client benchmarks", "client", "m/bench", "client imports bench"},
		{"bench uses all", "bench/compare", "m/client", ""},
		{"bench uses the command line", "bench", "m/internal/cli", "reserved for [.]"},
		{"leaf uses leaf", "internal/units", "m/internal/sysinfo", "internal/units imports internal/sysinfo: a leaf"},
		{"report uses leaf", "internal/report", "m/internal/units", ""},
		{"report knows the client", "internal/report", "m/client", "internal/report imports client"},
		{"cli uses all", "internal/cli", "m/server", ""},
		{"main hands over", ".", "m/internal/cli", ""},
		{"main does something", ".", "m/client", ". imports client: main is a dozen lines"},
		{"flags in a package", "client", "github.com/spf13/pflag", "reserved for [internal/cli]"},
		{"production in a namespace", "server", "m/internal/namespace", "server imports internal/namespace"},
		{"testing in production", "server", "testing", "test helpers alone"},
		{"a name that is alike", "serverless", "bytes", "no rule in internal/arch"},
		{"a package that nobody placed", "internal/queue", "bytes", "internal/queue: no rule in internal/arch"},
		{"a vague name", "server/util", "bytes", `"util" says nothing`},
	} {
		who := module + "/" + c.who
		if c.who == "." {
			who = module
		}
		imp := c.imp
		if rest, ok := strings.CutPrefix(imp, "m/"); ok {
			imp = module + "/" + rest
		}
		bad := check(map[string][]string{who: {"fmt", imp}})
		switch {
		case c.want == "" && len(bad) > 0:
			t.Errorf("%s: complains: %q", c.name, bad)
		case c.want != "" && !slices.ContainsFunc(bad, func(s string) bool { return strings.Contains(s, c.want) }):
			t.Errorf("%s: got %q, want a complaint with %q", c.name, bad, c.want)
		}
	}
}
