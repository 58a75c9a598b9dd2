// Command ratio reads the text of BenchmarkPeers and prints, for each input, how many times longer than Loadframe the fastest peer
// takes, and the medians of that: above 1 Loadframe is faster. Each implementation counts with the median of its runs.
//
//	go run ./ratio < ../results/peers.txt
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	inputs, err := read(os.Stdin)
	if err == nil {
		err = write(os.Stdout, compare(inputs))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ratio:", err)
		os.Exit(1)
	}
}

// times are the ns/frame of every run, by input and implementation.
type times map[string]map[string][]float64

var line = regexp.MustCompile(`^Benchmark\w+/(.*)/impl=(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// read takes the lines of benchmarks that tell an implementation, and passes over all others.
func read(r io.Reader) (times, error) {
	all := times{}
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		m := line.FindStringSubmatch(sc.Text())
		if m == nil {
			continue
		}
		fields := strings.Fields(m[3])
		at := slices.Index(fields, "ns/frame")
		if at < 1 {
			return nil, fmt.Errorf("no ns/frame in %q", sc.Text())
		}
		ns, err := strconv.ParseFloat(fields[at-1], 64)
		if err != nil || ns <= 0 {
			return nil, fmt.Errorf("bad ns/frame in %q", sc.Text())
		}
		if all[m[1]] == nil {
			all[m[1]] = map[string][]float64{}
		}
		all[m[1]][m[2]] = append(all[m[1]][m[2]], ns)
	}
	return all, sc.Err()
}

// row is one way of Loadframe's through one input, and the fastest peer there.
type row struct {
	input, ours, peer string
	ns, peerNs        float64
}

func (r row) ratio() float64 { return r.peerNs / r.ns }

// group is what the medians are taken over.
func (r row) group() string {
	op, _, _ := strings.Cut(r.input, "/")
	return op + " impl=" + r.ours
}

func compare(all times) []row {
	var rows []row
	for _, input := range slices.Sorted(maps.Keys(all)) {
		impls := all[input]
		best := row{input: input}
		for _, name := range slices.Sorted(maps.Keys(impls)) {
			if ns := median(impls[name]); !ours(name) && (best.peer == "" || ns < best.peerNs) {
				best.peer, best.peerNs = name, ns
			}
		}
		for _, name := range slices.Sorted(maps.Keys(impls)) {
			if ours(name) && best.peer != "" {
				best.ours, best.ns = name, median(impls[name])
				rows = append(rows, best)
			}
		}
	}
	return rows
}

func ours(impl string) bool { return impl == "loadframe" || strings.HasPrefix(impl, "loadframe-") }

// median changes the order of v.
func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func write(w io.Writer, rows []row) error {
	if len(rows) == 0 {
		return fmt.Errorf("no input that Loadframe shares with a peer")
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.group(), b.group()) })
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "input\timpl\tns/frame\tfastest peer\tns/frame\tratio")
	groups := map[string][]float64{}
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%s\t%.2f\t%.2f\n", r.input, r.ours, r.ns, r.peer, r.peerNs, r.ratio())
		groups[r.group()] = append(groups[r.group()], r.ratio())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		v := groups[g]
		below := 0
		for _, x := range v {
			if x < 1 {
				below++
			}
		}
		if _, err := fmt.Fprintf(w, "%s: median %.2f of %d inputs, lowest %.2f, %d below 1\n", g, median(v), len(v), slices.Min(v), below); err != nil {
			return err
		}
	}
	return nil
}
