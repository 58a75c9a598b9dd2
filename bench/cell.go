package bench

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// cell is one contender at one point.
type cell struct {
	contender report.Contender
	point     report.Point
	config    client.Config // without address and bounds
	codec     codec.Codec
	refused   string // why it cannot be measured; "": it can
}

// newCell settles what the client is to do, or why it cannot.
func newCell(c report.Contender, p report.Point, seed uint64, remote bool) (*cell, error) {
	config, err := configAt(p, framingFor(c.Framing, constantSize(p)), seed)
	if err != nil {
		return nil, err
	}
	x := &cell{contender: c, point: p, config: config}
	_, cod, err := config.Resolve()
	switch x.codec = cod; {
	case constantSize(p) == 0 && baseName(c.Framing) == "fixed":
		x.refused = "cannot carry this payload: all its frames have one size"
	case err != nil:
		x.refused = refusal(err)
	case p.Payload == client.PayloadRandom && delimited(cod):
		x.refused = "cannot carry this payload: sooner or later a message has what ends a frame in it, or a part of that at its end"
	case c.Floor == floorLoop && remote:
		x.refused = "no bare echo: the server is not ours"
	case c.Floor == floorLoop && p.Workload != client.Echo:
		x.refused = "a bare echo does nothing but echo"
	case c.Floor == floorLoop && p.Neighbour != "":
		x.refused = "a bare echo has no framing to attack"
	case p.Neighbour != "":
		_, x.refused = neighbourFor(p.Neighbour, cod)
	}
	x.config.Plain = c.Floor == floorLoop
	return x, nil
}

// configAt is what the client does at a point, without address and bounds.
func configAt(p report.Point, framing string, seed uint64) (client.Config, error) {
	c := client.Config{Workload: p.Workload, Framing: framing, Payload: p.Payload, Conns: p.Connections, Arrival: p.Arrival, Seed: seed}
	if c.Size = int(constantSize(p)); c.Size == 0 {
		c.Sizes = p.Sizes
	}
	if p.Workload != client.Pull {
		c.Depth, c.Batch, c.Cuts = p.Depth, p.Batch, p.Segments
	}
	if p.Reader != "" {
		pause, err := time.ParseDuration(p.Reader)
		if err != nil || pause <= 0 {
			return c, fmt.Errorf("bench: reader %.32q: want the pause before each read, as 1ms", p.Reader)
		}
		c.Pause = pause
	}
	return c, nil
}

// checkPoint refuses a point that makes no sense for any contender: what is
// wrong for a framing that carries anything is wrong with the point.
func checkPoint(p report.Point) error {
	framing := "raw"
	if p.Workload == client.Ack {
		framing = "u64"
	}
	c, err := configAt(p, framing, 0)
	if err == nil {
		if _, _, err = c.Resolve(); err != nil {
			err = fmt.Errorf("bench: point %s: %w", p.Name, err)
		}
	}
	return err
}

// delimited tells whether a framing refuses payloads for what is in them. Of a
// random one the client would find that out some time: every round is to be
// alike.
func delimited(cod codec.Codec) bool {
	return strings.HasPrefix(cod.String(), "line") || strings.HasPrefix(cod.String(), "delim")
}

// refusal is the reason why a framing cannot be at a point.
func refusal(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "client: "), "codec: ")
	if strings.Contains(text, "cannot carry") || strings.Contains(text, "over the limit of framing") {
		return "cannot carry this payload: " + text
	}
	return "cannot be measured here: " + text
}

// cells returns the cells of all points, point by point, each in the order of
// the contenders.
func cells(cs []report.Contender, ps []report.Point, seed uint64, remote bool) (all []*cell, err error) {
	for _, p := range ps {
		if err := checkPoint(p); err != nil {
			return nil, err
		}
		for _, c := range cs {
			x, err := newCell(c, p, seed, remote)
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
	}
	return all, nil
}
