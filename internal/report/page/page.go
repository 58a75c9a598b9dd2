package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/loadframe/loadframe/internal/report"
)

// Document is one document and what it is called on the page.
type Document struct {
	Name string // a file's; empty: the title, or what was run
	Body any    // a *report.Result, *report.Comparison, *report.Capacity, *report.Sent or *report.Received
}

// Write writes one page with all documents: the results over each other, and everything else one after the other. It fails for a Body
// of another kind, and for none at all. The documents are not changed.
func Write(w io.Writer, docs ...Document) error {
	p, err := newPage(docs)
	if err != nil {
		return err
	}
	var b bytes.Buffer // half a page is none
	if err := layout.Execute(&b, p); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("page: writing it: %w", err)
	}
	return nil
}

var (
	//go:embed page.html
	layoutText string
	//go:embed page.css
	style string

	layout = template.Must(template.New("page").Parse(layoutText))
	css    = style + seriesStyle()
	policy = contentPolicy(css)
)

// contentPolicy allows the one style sheet, by its hash, and nothing else: no script of whatever origin, no image but the empty icon
// that keeps browsers from asking for one, no form, no other base.
func contentPolicy(css string) string {
	sum := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
}

// page is what the layout shows.
type page struct {
	Title    string
	About    string // one line: when, where, with what
	Policy   string
	Style    template.CSS
	Markers  []marker
	Sections []*section
}

func newPage(docs []Document) (*page, error) {
	p := &page{Policy: policy, Style: template.CSS(css), Markers: markers}
	var results []*run
	for _, d := range docs {
		if r, ok := d.Body.(*report.Result); ok && r != nil {
			results = append(results, &run{name: d.Name, r: r})
		}
	}
	told := false
	for i, d := range docs {
		switch body := d.Body.(type) {
		case *report.Result:
			if body == nil {
				return nil, fmt.Errorf("page: document %d is nil", i+1)
			}
			if !told {
				p.add(resultsSection(results))
			}
			told = true
		case *report.Comparison:
			p.add(comparisonSection(d.Name, body))
		case *report.Capacity:
			p.add(capacitySection(d.Name, body))
		case *report.Sent:
			p.add(sentSection(d.Name, body))
		case *report.Received:
			p.add(receivedSection(d.Name, body))
		default:
			return nil, fmt.Errorf("page: document %d: no page for a %T", i+1, d.Body)
		}
	}
	if len(p.Sections) == 0 {
		return nil, fmt.Errorf("page: no documents")
	}
	p.Title = p.Sections[0].Title
	if n := len(p.Sections); n > 1 {
		p.Title = fmt.Sprintf("%d reports", n)
	}
	return p, nil
}

// add gives the section and all in it the ids that links, labels and tests need.
func (p *page) add(s *section) {
	s.ID = fmt.Sprintf("s%d", len(p.Sections)+1)
	for i := range s.Blocks {
		b := &s.Blocks[i]
		id := fmt.Sprintf("%s-%d", s.ID, i+1)
		switch {
		case b.Table != nil:
			b.Table.ID = id
		case b.Chart != nil:
			b.Chart.ID = id
			b.Chart.Table.ID = id + "-data"
		}
	}
	p.Sections = append(p.Sections, s)
}

// about is the line under a heading that says where the figures come from.
func about(start string, h report.Host, t report.Tool) string {
	parts := []string{start}
	host := strings.TrimSpace(h.OS + " " + h.Kernel + " " + h.Arch)
	if h.CPUs > 0 {
		host += fmt.Sprintf(", %d CPUs", h.CPUs)
	}
	parts = append(parts, host, strings.TrimSpace(t.Name+" "+t.Version), t.Go)
	if t.GNet != "" {
		parts = append(parts, "gnet "+t.GNet)
	}
	return joined(" · ", parts...)
}

// joined joins what is not empty.
func joined(sep string, parts ...string) string {
	var all []string
	for _, p := range parts {
		if strings.Trim(p, " ,") != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, sep)
}
