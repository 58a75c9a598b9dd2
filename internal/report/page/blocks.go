package page

import "strings"

// section is one part of the page, with a heading of its own.
type section struct {
	ID, Title string
	Lead      string // one sentence
	About     string // where the figures come from
	Blocks    []block
}

// block is one of its kinds: exactly one field is set.
type block struct {
	Heading string
	Text    string
	Notice  *notice
	Tiles   []tile
	Table   *table
	Chart   *drawing
}

// notice is what must not be overlooked.
type notice struct {
	Kind  string   // "failed", "doubt", "verdict", "note"
	Title string   // said in words, for the colour says nothing to some
	Lines []remark // one thing each
}

// remark is a sentence, with what it is about in front of it.
type remark struct{ About, Text string }

func remarks(texts ...string) (all []remark) {
	for _, text := range texts {
		all = append(all, remark{Text: text})
	}
	return all
}

// tile is one headline figure.
type tile struct{ Label, Value, Note string }

// table is a table that scrolls within itself.
type table struct {
	ID      string
	Caption string
	Fold    string // what the line says that it is folded behind; empty: it is open
	Head    []string
	Rows    []row
	Note    string // under it
}

// row has a heading and a cell for each further column.
type row struct {
	Head  string
	Note  string // beside the heading, smaller
	Cells []cell
}

// cell is one value.
type cell struct {
	Text  string
	Note  string // smaller, under it
	Kind  string // "num": aligned to the right; "better", "worse": a number with a judgement, which Text also gives in words
	Bar   *bar   // drawn in it; nil: none
	Words bool   // text that may wrap
}

// bar is a value with its interval on a scale that all bars of a column share, in percent of the width.
type bar struct{ Low, Mid, High, Width string }

// HeadKind is how the heading of column i stands: as the cells below it.
func (t *table) HeadKind(i int) string {
	for _, r := range t.Rows {
		if i > 0 && i <= len(r.Cells) && r.Cells[i-1].Text != "" && strings.HasPrefix(r.Cells[i-1].Kind, "num") {
			return "num"
		}
	}
	return ""
}

func num(text string) cell   { return cell{Text: text, Kind: "num"} }
func words(text string) cell { return cell{Text: text, Words: true} }

// bars returns a cell with a drawn interval for each of values, from zero to the greatest. Nil values get an empty cell.
func bars(values []*interval) []cell {
	top := 0.0
	for _, v := range values {
		if v != nil {
			top = max(top, v.high, v.mid)
		}
	}
	out := make([]cell, len(values))
	for i, v := range values {
		if v == nil || !(top > 0) {
			continue
		}
		at := func(x float64) string { return percent(min(max(x/top, 0), 1) * 0.98) }
		out[i].Bar = &bar{Low: at(v.low), Mid: at(v.mid), High: at(v.high), Width: at(v.high - v.low)}
	}
	return out
}

// interval is a median and where the true one is.
type interval struct{ low, mid, high float64 }

func (s *section) add(bs ...block) {
	for _, b := range bs {
		if b.Heading != "" || b.Text != "" || b.Notice != nil || b.Tiles != nil || b.Table != nil || b.Chart != nil {
			s.Blocks = append(s.Blocks, b)
		}
	}
}

// under adds a heading and what add adds below it, or neither if that is nothing.
func (s *section) under(heading string, add func()) {
	s.add(block{Heading: heading})
	before := len(s.Blocks)
	if add(); len(s.Blocks) == before {
		s.Blocks = s.Blocks[:before-1]
	}
}

// chart adds a chart that has something to show.
func (s *section) chart(c *chart) {
	if d := c.draw(); d != nil {
		s.add(block{Chart: d})
	}
}

// table adds a table that has rows.
func (s *section) table(t *table) {
	if len(t.Rows) > 0 {
		s.add(block{Table: t})
	}
}
