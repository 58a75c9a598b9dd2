package report

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// WriteJSON writes c as one JSON document, indented by two spaces, and a newline. Values that JSON cannot express come out as absent
// where the key may be, else as 0. It does not change c.
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
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return fmt.Errorf("report: writing the comparison as JSON: %w", err)
	}
	return nil
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
