package report

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// comparisonDigits are those that a measured figure has in the document: far below what two rounds differ by.
const comparisonDigits = 8

// WriteJSON writes c as one JSON document, and a newline: a cell, a cost and so on stands on a line of its own, and what was measured
// has 8 significant digits. A whole comparison has some ten thousand samples, and indentation and the noise's digits made
// half of it. Values that JSON cannot express come out as absent where the key may be, else as 0. It does not change c.
func (c *Comparison) WriteJSON(w io.Writer) error {
	out := finite(reflect.ValueOf(*c)).Interface().(Comparison)
	if out.Schema == "" {
		out.Schema = ComparisonSchema
	}
	if out.Command == nil {
		out.Command = []string{} // arrays in every document, so that readers need no case for null
	}
	if out.Contenders == nil {
		out.Contenders = []Contender{}
	}
	if out.Experiment.Factors == nil {
		out.Experiment.Factors = []string{}
	}
	for _, part := range []any{out.Cells, out.Costs, out.Damages, out.Verdicts} { // what is counted against theory stays exact
		roundOff(reflect.ValueOf(part))
	}
	var whole bytes.Buffer
	const what = "the comparison as JSON"
	if err := encode(&whole, out, "", what); err != nil {
		return err
	}
	if _, err := w.Write(layOut(whole.Bytes(), 2)); err != nil {
		return fmt.Errorf("report: writing %s: %w", what, err)
	}
	return nil
}

// roundOff rounds all floats behind v in place.
func roundOff(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		if f, err := strconv.ParseFloat(strconv.FormatFloat(v.Float(), 'g', comparisonDigits, 64), 64); err == nil {
			v.SetFloat(f)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			roundOff(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			roundOff(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			roundOff(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			roundOff(v.MapIndex(key)) // a pointer: a value could not be set
		}
	}
}

// layOut breaks the lines of a compact document as indentation by two spaces does, down to a depth; what is deeper stays on its line.
func layOut(compact []byte, depth int) []byte {
	out := make([]byte, 0, len(compact)+len(compact)/16)
	at, quoted := 0, false
	line := func() {
		out = append(out, '\n')
		out = append(out, bytes.Repeat([]byte("  "), at)...)
	}
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		if quoted {
			if out = append(out, c); c == '\\' {
				i++
				out = append(out, compact[i])
			}
			quoted = c != '"'
			continue
		}
		switch c {
		case '{', '[':
			out = append(out, c)
			if at++; at <= depth && compact[i+1] != c+2 { // in ASCII the closing one is two further on
				line()
			}
		case '}', ']':
			if at--; at < depth && compact[i-1] != c-2 {
				line()
			}
			out = append(out, c)
		case ',':
			if out = append(out, c); at <= depth {
				line()
			}
		case ':':
			if out = append(out, c); at <= depth {
				out = append(out, ' ')
			}
		default:
			quoted = c == '"'
			out = append(out, c)
		}
	}
	return out
}

// Failed reports whether the comparison ended with an error. One that was ended early is incomplete, not failed.
func (c *Comparison) Failed() bool { return c.Error != "" }

// Point returns the point of a name, nil if there is none.
func (c *Comparison) Point(name string) *Point {
	for i := range c.Points {
		if c.Points[i].Name == name {
			return &c.Points[i]
		}
	}
	return nil
}

// contender returns the contender of a name; the zero value if there is none.
func (c *Comparison) contender(name string) Contender {
	for _, x := range c.Contenders {
		if x.Name == name {
			return x
		}
	}
	return Contender{}
}

// cellsAt returns the cells of a point, in the order of the contenders.
func (c *Comparison) cellsAt(point string) (all []Cell) {
	for _, x := range c.Cells {
		if x.Point == point {
			all = append(all, x)
		}
	}
	return all
}

// median returns the median of a metric, false if it was not measured.
func (c *Cell) median(metric string) (float64, bool) {
	e := c.Estimates[metric]
	if e == nil {
		return 0, false
	}
	return e.Median, true
}
