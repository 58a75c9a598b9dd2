package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/internal/report"
)

// readParts reads all results that the arguments name.
func readParts(args []string, run string) (parts []*report.Part, err error) {
	seen := map[string]bool{}
	for _, arg := range args {
		files, err := resultFiles(arg)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if abs, err := filepath.Abs(file); err == nil && seen[abs] {
				continue // in a directory, and named besides
			} else if err == nil {
				seen[abs] = true
			}
			p, err := readPart(file)
			if err != nil {
				return nil, err
			}
			if run == "" || p.Result.Instance.Run == run {
				parts = append(parts, p)
			}
		}
	}
	if len(parts) == 0 {
		of := ""
		if run != "" {
			of = " of run " + run
		}
		return nil, fmt.Errorf("merge: no results%s in %s", of, strings.Join(args, ", "))
	}
	return parts, nil
}

// resultFiles returns the results that a path stands for, in order.
func resultFiles(path string) ([]string, error) {
	s, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	if !s.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, ".") {
			files = append(files, filepath.Join(path, name))
		}
	}
	slices.Sort(files)
	return files, nil
}

// readPart reads a result and the histograms beside it.
func readPart(path string) (*report.Part, error) {
	fail := func(err error) (*report.Part, error) { return nil, fmt.Errorf("merge: %s: %w", path, err) }
	f, err := os.Open(path)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	doc, err := report.ReadDocument(f)
	if err != nil {
		return fail(fmt.Errorf("want a result of --result-dir: %w", err))
	}
	r, ok := doc.(*report.Result)
	if !ok {
		return fail(fmt.Errorf("want a result of --result-dir, of schema %s", report.Schema))
	}
	p := &report.Part{Name: path, Result: r, Histograms: &report.Histograms{}}
	if err := p.Check(); err != nil {
		return fail(err)
	}
	name := r.Instance.Histograms
	if name == "" {
		return p, nil
	}
	log, err := os.Open(filepath.Join(filepath.Dir(path), name))
	if err != nil {
		return fail(err)
	}
	defer log.Close()
	if p.Histograms, err = report.ReadHistogramLog(log); err != nil {
		return fail(fmt.Errorf("%s: %w", name, err))
	}
	return p, nil
}
