// Package arch holds the rules that the packages of this module keep among
// themselves, as tests. It has no code of its own.
package arch

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "github.com/loadframe/loadframe"

// A pattern is an import path without the module's (".": the module's root).
// "x/..." is x and everything below it.
type pattern string

// rule says what a package may import. A package is ruled by the first rule
// that fits it.
type rule struct {
	who     pattern
	may     []pattern // of this module
	alone   bool      // the standard library and may, and nothing of others
	because string
}

// leaves stands for all of leafPackages.
const leaves pattern = "leaves"

// leafPackages have one job each, know nothing of the rest, and may be
// imported by whoever needs that job done.
var leafPackages = []pattern{"internal/units", "internal/pattern", "internal/preface", "internal/datagram", "internal/record", "internal/sysinfo", "internal/udpsocket", "internal/affinity", "internal/nowait", "internal/prefetch"}

// rules are the import direction. Every package of the module must be ruled by
// one: whoever adds a package says here where it stands.
var rules = []rule{
	{"codec/...", []pattern{"codec/..."}, true, "framing is pure: usable by anybody's program, testable without a network"},
	{"server/...", []pattern{"server/...", "codec", leaves}, false, "a server knows neither who loads it nor how that is reported"},
	{"client/...", []pattern{"client/...", "codec", leaves}, false, "a client measures servers that are not ours too: it may share the wire with ours, not the code"},
	{"proxy", []pattern{"codec", leaves}, false, "a proxy stands between any client and any server"},
	{"internal/units", nil, true, "a leaf"},
	{"internal/pattern", nil, false, "a leaf; it asks golang.org/x/sys"},
	{"internal/preface", nil, true, "a leaf, and what both ends agree on"},
	{"internal/datagram", nil, true, "a leaf, and what both ends agree on"},
	{"internal/record", nil, true, "a leaf, and what both ends agree on"},
	{"internal/sysinfo", nil, false, "a leaf; it asks golang.org/x/sys"},
	{"internal/udpsocket", nil, false, "a leaf; it asks golang.org/x/sys"},
	{"internal/affinity", nil, false, "a leaf; it asks golang.org/x/sys"},
	{"internal/nowait", nil, false, "a leaf; it asks golang.org/x/sys"},
	{"internal/prefetch", nil, true, "a leaf"},
	{"internal/namespace", nil, false, "tests only; it asks golang.org/x/sys"},
	{"internal/report", []pattern{leaves}, false, "results are rendered from a model of their own, whoever measured them"},
	{"internal/report/page", []pattern{"internal/report", leaves}, true, "a page is drawn from documents, by the standard library alone"},
	{"bench/...", []pattern{"bench/...", "codec/...", "server/...", "client/...", "proxy", "internal/report", leaves}, false, "measures all of it, without the command line"},
	{"internal/cli", []pattern{"codec", "server/...", "client/...", "proxy", "bench/...", "internal/report/...", leaves}, false, "puts all of it together"},
	{"internal/arch", nil, true, "tests only"},
	{".", []pattern{"internal/cli"}, true, "main is a dozen lines"},
}

// reserved are packages that few may import.
var reserved = []struct {
	what    pattern
	by      []pattern
	because string
}{
	{"github.com/panjf2000/gnet/...", []pattern{"server/..."}, "the event loop can be replaced in one place"},
	{"github.com/prometheus/...", []pattern{"server/admin"}, "who embeds a server chooses how to watch it"},
	{"github.com/spf13/...", []pattern{"internal/cli"}, "flags are the command line's"},
	{"github.com/chromedp/...", nil, "a browser is driven by tests alone"},
	{module + "/internal/cli", []pattern{"."}, "what the command line can do, the packages can do without it"},
	{"testing", []pattern{"codec/codectest", "server/servertest", "internal/namespace", "bench/..."}, "test helpers alone bring the testing package into a program"},
}

// vague are names that say nothing of what a package is for.
var vague = []string{"util", "utils", "common", "pkg", "manager", "helper", "helpers", "misc", "shared", "base"}

// check returns one line for each import in graph that a rule forbids, sorted.
// The graph tells for every package of the module, by its full path, what its
// production files import.
func check(graph map[string][]string) []string {
	var bad []string
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		who := local(pkg)
		if slices.Contains(vague, path.Base(who)) {
			bad = append(bad, fmt.Sprintf("%s: %q says nothing of what the package is for", who, path.Base(who)))
		}
		i := slices.IndexFunc(rules, func(r rule) bool { return r.who.fits(who) })
		if i < 0 {
			bad = append(bad, fmt.Sprintf("%s: no rule in internal/arch says what this package may import", who))
			continue
		}
		for _, imp := range graph[pkg] {
			if why := rules[i].forbids(imp); why != "" {
				bad = append(bad, fmt.Sprintf("%s imports %s: %s", who, local(imp), why))
			}
			for _, r := range reserved {
				if r.what.fits(imp) && !anyFits(r.by, who) {
					bad = append(bad, fmt.Sprintf("%s imports %s, reserved for %s: %s", who, local(imp), r.by, r.because))
				}
			}
		}
	}
	return bad
}

// forbids returns why r's packages may not import imp, "" if they may.
func (r rule) forbids(imp string) string {
	switch {
	case ours(imp):
		if !anyFits(r.may, local(imp)) {
			return r.because
		}
	case r.alone && !standard(imp):
		return r.because
	}
	return ""
}

func anyFits(ps []pattern, p string) bool {
	return slices.ContainsFunc(ps, func(w pattern) bool {
		return w.fits(p) || w == leaves && slices.Contains(leafPackages, pattern(p))
	})
}

func (w pattern) fits(p string) bool {
	if tree, ok := strings.CutSuffix(string(w), "/..."); ok {
		return p == tree || strings.HasPrefix(p, tree+"/")
	}
	return p == string(w)
}

func ours(p string) bool { return p == module || strings.HasPrefix(p, module+"/") }

// local is the path within the module, or p if it is somebody else's.
func local(p string) string {
	if p == module {
		return "."
	}
	return strings.TrimPrefix(p, module+"/")
}

// standard tells whether p is of the standard library: those paths have no dot
// in their first element.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}
