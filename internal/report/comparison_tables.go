package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/loadframe/loadframe/internal/units"
)

// costText writes what the codecs take from the processor, for whole wires of the sizes that were tried with the first payload.
func (c *Comparison) costText(t *text) {
	var first *CodecCost
	var sizes []string
	for i := range c.Costs {
		x := &c.Costs[i]
		if first == nil {
			first = x
		}
		if x.Payload == first.Payload && x.Segments == first.Segments && !slices.Contains(sizes, x.Sizes) && len(sizes) < 5 {
			sizes = append(sizes, x.Sizes)
		}
	}
	if first == nil {
		return
	}
	t.line("")
	t.line("codecs alone: ns a frame of %s, encode/decode", first.Payload)
	head := fmt.Sprintf("  %-13s", "framing")
	for _, size := range sizes {
		if isNumber(size) {
			size += " B"
		}
		head += fmt.Sprintf(" %16.16s", size)
	}
	t.line("%s", head)
	for _, contender := range c.Contenders {
		row, any := fmt.Sprintf("  %-13.13s", contender.Name), false
		for _, size := range sizes {
			figure := "-"
			for _, x := range c.Costs {
				if x.Contender != contender.Name || x.Sizes != size || x.Payload != first.Payload || x.Segments != first.Segments {
					continue
				}
				any = true
				if x.Refused != "" {
					figure = "cannot"
				} else if x.Encode != nil && x.Decode != nil {
					figure = formatFrame(x.Encode.Median) + "/" + formatFrame(x.Decode.Median)
				}
			}
			row += fmt.Sprintf(" %16s", figure)
		}
		if any {
			t.line("%s", row)
		}
	}
}

// formatFrame returns ns a frame in a few digits.
func formatFrame(ns float64) string {
	switch {
	case ns >= 10000:
		return fmt.Sprintf("%.1fk", ns/1000)
	case ns >= 100:
		return fmt.Sprintf("%.0f", ns)
	}
	return fmt.Sprintf("%.1f", ns)
}

// overheadColumns are the sizes and payloads of the short table.
var overheadColumns = []struct {
	size    int64
	payload string
}{{16, "random"}, {64, "random"}, {1024, "random"}, {65536, "random"}, {64, "worst"}, {65536, "worst"}}

// overheadText writes wire bytes over payload bytes. What theory says is in the document; here, whether the count agrees.
func (c *Comparison) overheadText(t *text) {
	if len(c.Overheads) == 0 {
		return
	}
	t.line("")
	t.line("overhead: wire bytes a payload byte, counted")
	head := fmt.Sprintf("  %-13s", "framing")
	for _, col := range overheadColumns {
		head += fmt.Sprintf(" %11s", units.FormatBytes(col.size))
	}
	t.line("%s", head)
	head = fmt.Sprintf("  %-13s", "")
	for _, col := range overheadColumns {
		head += fmt.Sprintf(" %11s", col.payload)
	}
	t.line("%s %9s", head, "theory")
	for _, contender := range c.Contenders {
		row := fmt.Sprintf("  %-13.13s", contender.Name)
		rows, agree, told := 0, 0, 0
		for _, x := range c.Overheads {
			if x.Contender != contender.Name {
				continue
			}
			rows++
			if exact, err := strconv.ParseFloat(trimEqual(x.Exact), 64); x.Refused == "" && err == nil {
				if told++; exact == x.Mean {
					agree++
				}
			}
		}
		if rows == 0 || contender.Floor != "" {
			continue
		}
		for _, col := range overheadColumns {
			row += fmt.Sprintf(" %11s", c.overheadAt(contender.Name, col.size, col.payload))
		}
		theory := "none"
		switch {
		case told > 0 && agree == told:
			theory = "the same"
		case told > 0:
			theory = fmt.Sprintf("%d DIFFER", told-agree)
		}
		t.line("%s %9s", row, theory)
	}
}

func trimEqual(s string) string {
	if s != "" && s[0] == '=' {
		return s[1:]
	}
	return s
}

func (c *Comparison) overheadAt(contender string, size int64, payload string) string {
	for _, x := range c.Overheads {
		if x.Contender != contender || x.Size != size || x.Payload != payload {
			continue
		}
		if x.Refused != "" {
			return "cannot"
		}
		return fmt.Sprintf("%.4f", x.Mean)
	}
	return "-"
}

// damageKinds are the columns of the short table of damage, anywhere in the stream.
var damageKinds = []string{"flip", "drop", "insert", "duplicate", "truncate"}

// damageText writes how many of the damaged streams were found out, how many delivered a frame that was not sent, and how many frames
// were lost.
func (c *Comparison) damageText(t *text) {
	if len(c.Damages) == 0 {
		return
	}
	t.line("")
	t.line("damage to one byte anywhere, %s streams a cell: detected, a wrong frame delivered, frames lost", units.FormatDigits(int64(c.Damages[0].Trials)))
	head := fmt.Sprintf("  %-13s", "framing")
	for _, kind := range damageKinds {
		head += fmt.Sprintf("  %-14s", kind)
	}
	t.line("%s", head)
	for _, contender := range c.Contenders {
		row, any := fmt.Sprintf("  %-13.13s", contender.Name), false
		for _, kind := range damageKinds {
			figure := "-"
			for _, x := range c.Damages {
				if x.Contender != contender.Name || x.Kind != kind || x.Place != "any" {
					continue
				}
				any = true
				if figure = "cannot"; x.Refused == "" && x.Detected != nil && x.Silent != nil && x.Lost != nil {
					figure = fmt.Sprintf("%3.0f%%%4.0f%%%5.1f", 100*x.Detected.P, 100*x.Silent.P, x.Lost.Mean)
				}
			}
			row += fmt.Sprintf("  %-14s", figure)
		}
		if any {
			t.line("%s", row)
		}
	}
	t.line("  intervals, other places and resynchronisation are in -J, --csv")
}
