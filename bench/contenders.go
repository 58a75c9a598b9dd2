package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// The floors that a comparison has, by what is left out.
const (
	floorFraming = "framing" // our server and client with a codec that does nothing
	floorLoop    = "loop"    // an echo of the standard library, a goroutine a connection, that never looks at what it returns
)

// maxContenders bounds a comparison: each is measured at every point.
const maxContenders = 64

// Contenders returns the framings that are compared when none are named, one of
// each kind, and the floors behind them.
func Contenders() []report.Contender {
	return append([]report.Contender{
		{Name: "fixed", Framing: "fixed:size=64"},
		{Name: "u16", Framing: "u16"},
		{Name: "u32", Framing: "u32"},
		{Name: "uvarint", Framing: "uvarint"},
		{Name: "netstring", Framing: "netstring"},
		{Name: "chunked", Framing: "chunked"},
		{Name: "line", Framing: "line"},
		{Name: "delim", Framing: "delim:sep=0d0a0d0a"},
		{Name: "cobs", Framing: "cobs"},
		{Name: "slip", Framing: "slip"},
		{Name: "hdlc", Framing: "hdlc"},
		{Name: "u32+crc32c", Framing: "u32+crc32c"},
		{Name: "cobs+crc32c", Framing: "cobs+crc32c"},
	}, floors()...)
}

// floors returns what no framing can be faster than, in this program. The null
// codec is raw: what one read returned goes back as it came, and the client
// tells replies apart by the sizes that it sent.
func floors() []report.Contender {
	return []report.Contender{
		{Name: "null", Framing: "raw", Floor: floorFraming},
		{Name: "bare-echo", Framing: "raw", Floor: floorLoop},
	}
}

// ParseContenders reads lists of framings with commas between, each SPEC or
// NAME=SPEC, and adds the floors. Without a name a framing is called by its spec;
// two may be the same framing under two names.
func ParseContenders(lists []string) ([]report.Contender, error) {
	var all []report.Contender
	for _, list := range lists {
		for _, text := range splitSpecs(list) {
			name, spec := text, text
			if before, after, ok := strings.Cut(text, "="); ok && isFraming(after) && !isFraming(before) {
				name, spec = before, after
			}
			cod, err := codec.Parse(spec)
			switch {
			case err != nil:
				return nil, err
			case name == "" || len(name) > 64 || strings.ContainsAny(name, " \t\n/"):
				return nil, fmt.Errorf("bench: contender %.64q: a name has 1 to 64 bytes, without blanks and slashes", text)
			case codec.Once(cod):
				return nil, fmt.Errorf("bench: framing %s carries one message a connection: there is nothing to compare", spec)
			case !codec.Delimits(cod):
				return nil, fmt.Errorf("bench: framing %s does not tell where a message ends: raw is in every comparison, as the null codec", spec)
			}
			all = append(all, report.Contender{Name: name, Framing: cod.String()})
		}
	}
	return checkContenders(append(all, floors()...))
}

func checkContenders(cs []report.Contender) ([]report.Contender, error) {
	if len(cs) > maxContenders {
		return nil, fmt.Errorf("bench: %d contenders, limit %d", len(cs), maxContenders)
	}
	for i, c := range cs {
		if slices.ContainsFunc(cs[:i], func(d report.Contender) bool { return d.Name == c.Name }) {
			return nil, fmt.Errorf("bench: contender %s is there twice: NAME=SPEC gives it another name", c.Name)
		}
	}
	return cs, nil
}

// splitSpecs splits at the commas that a framing follows: others belong to a
// spec, as in delim:sep=0a,max=4KiB.
func splitSpecs(list string) (specs []string) {
	for part := range strings.SplitSeq(list, ",") {
		_, after, named := strings.Cut(part, "=")
		if len(specs) == 0 || isFraming(part) || named && isFraming(after) {
			specs = append(specs, part)
			continue
		}
		if !strings.Contains(specs[len(specs)-1], ":") { // no keys are open: a framing that there is not
			specs = append(specs, part)
			continue
		}
		specs[len(specs)-1] += "," + part
	}
	return specs
}

// isFraming tells whether a spec begins with the name of a framing.
func isFraming(spec string) bool {
	name, _, _ := strings.Cut(spec, ":")
	return slices.Contains(codec.Names(), strings.TrimSuffix(name, "+crc32c"))
}

// framingFor returns the framing of a contender for messages of size bytes. It
// is the contender's own, but for fixed: its frames then carry that size, for what
// one size of them can carry says nothing about the framing. A size of 0 is not
// constant.
func framingFor(framing string, size int64) string {
	if baseName(framing) != "fixed" || size == 0 {
		return framing
	}
	name, _, _ := strings.Cut(framing, ":") // with its checksum, for which size leaves room
	return fmt.Sprintf("%s:size=%d", name, size)
}
