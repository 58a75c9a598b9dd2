package page

import "fmt"

// refusals are what could not be measured, with the reason: that a framing cannot carry a payload is a result.
func (c *comparison) refusals(s *section) {
	t := &table{Caption: "What a framing cannot do", Head: []string{"framing, and where", "reason"}}
	add := func(contender, where, reason string) {
		if reason != "" {
			t.Rows = append(t.Rows, row{Head: contender, Note: where, Cells: []cell{words(reason)}})
		}
	}
	for _, cl := range c.Cells {
		add(cl.Contender, cl.Point, cl.Refused)
	}
	for i, o := range c.Overheads {
		if last := len(t.Rows) - 1; i > 0 && o.Refused != "" {
			if before := c.Overheads[i-1]; before.Contender == o.Contender && before.Size == o.Size && before.Refused == o.Refused {
				t.Rows[last].Note += ", " + o.Payload // for the same reason
				continue
			}
		}
		add(o.Contender, fmt.Sprintf("overhead, %d B, %s", o.Size, o.Payload), o.Refused)
	}
	s.under("Refused", func() { s.table(t) })
}

func (c *comparison) settings(s *section) {
	t := &table{Caption: "Settings", Fold: "Settings, host and command", Head: []string{"key", "value"}}
	set := func(key, value string) {
		t.Rows = append(t.Rows, row{Head: key, Cells: []cell{words(value)}})
	}
	set("command", joined(" ", c.Command...))
	flatten("experiment", c.Experiment, set)
	for _, p := range c.Points {
		set("point "+p.Name, describe(&p))
	}
	for _, of := range c.Contenders {
		set("framing "+of.Name, of.Framing)
		for _, p := range c.Points {
			if cl := c.at(p.Name, of.Name); cl != nil {
				for _, reason := range doubts(cl.Health) {
					set("doubt "+p.Name+", "+of.Name, reason)
				}
			}
		}
	}
	flatten("host", c.Host, set)
	flatten("tool", c.Tool, set)
	s.table(t)
}
