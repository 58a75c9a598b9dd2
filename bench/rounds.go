package bench

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/internal/report"
)

// roundsSchema names the version of a file of rounds.
const roundsSchema = "loadframe.rounds/1"

// rounds are the finished ones of an experiment, with all that it takes to go on
// with it: the next run of the same experiment takes them up.
type rounds struct {
	Schema     string             `json:"schema"`
	Tool       report.Tool        `json:"tool"`
	Host       report.Host        `json:"host"`
	Experiment report.Experiment  `json:"experiment"`
	Contenders []report.Contender `json:"contenders"`
	Points     []report.Point     `json:"points"`
	Done       int                `json:"done"`
	Cells      []measured         `json:"cells"` // those that were not refused, point by point
}

// measured is what the finished rounds gave in one cell.
type measured struct {
	Values     map[string][]float64 `json:"values"`
	TookS      []float64            `json:"took_s"`
	Messages   []int64              `json:"messages"`
	Payload    []int64              `json:"payload_bytes"`
	Wire       []int64              `json:"wire_bytes"`
	Histograms []string             `json:"histograms,omitempty"` // of response latency, V2 compressed, base64
}

// newRounds describes an experiment of which nothing is done.
func newRounds(e *Experiment) *rounds {
	r := &rounds{Schema: roundsSchema, Tool: report.ThisTool(), Host: report.ThisHost(), Experiment: e.config, Contenders: e.cs, Points: e.points}
	r.Cells = make([]measured, len(e.cells))
	return r
}

// loadRounds reads the rounds of e, none if there is no file yet.
func loadRounds(path string, e *Experiment) (*rounds, error) {
	fresh := newRounds(e)
	if path == "" {
		return fresh, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return fresh, fresh.save(path) // what cannot be written is told before the time is spent
	}
	if err != nil {
		return nil, fmt.Errorf("bench: resume: %w", err)
	}
	var r rounds
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("bench: resume: %s is no file of rounds: %w", path, err)
	}
	if why := r.differs(fresh); why != "" {
		return nil, fmt.Errorf("bench: resume: %s is of another experiment: %s", path, why)
	}
	for i := range r.Cells {
		if err := r.Cells[i].latency(new(report.Cell)); err != nil {
			return nil, fmt.Errorf("bench: resume: %s: cell %d: %w", path, i, err)
		}
	}
	return &r, nil
}

// differs tells in what r is of another experiment than fresh; "": in nothing.
// More rounds may be asked for than before, and more damage.
func (r *rounds) differs(fresh *rounds) string {
	a, b := &r.Experiment, &fresh.Experiment
	for _, d := range []struct {
		what     string
		was, now any
	}{
		{"schema", r.Schema, fresh.Schema},
		{"seed", a.Seed, b.Seed},
		{"server", a.Addr, b.Addr},
		{"factors", a.Factors, b.Factors},
		{"contenders", r.Contenders, fresh.Contenders},
		{"points", r.Points, fresh.Points},
		{"trial", a.TrialS, b.TrialS},
		{"warm-up", a.OmitS, b.OmitS},
		{"build", r.Tool, fresh.Tool},
		{"machine", r.Host, fresh.Host},
	} {
		if !reflect.DeepEqual(d.was, d.now) {
			return fmt.Sprintf("%s %.200s there, %.200s here", d.what, fmt.Sprintf("%+v", d.was), fmt.Sprintf("%+v", d.now))
		}
	}
	if len(r.Cells) != len(fresh.Cells) || r.Done < 0 {
		return fmt.Sprintf("%d cells there, %d here", len(r.Cells), len(fresh.Cells))
	}
	if r.Done > b.Rounds {
		return fmt.Sprintf("%d rounds are done there, and %d asked for", r.Done, b.Rounds)
	}
	for i, c := range r.Cells {
		want := r.Done
		if c.TookS == nil {
			want = 0 // refused
		}
		if len(c.TookS) != want || len(c.Messages) != want || len(c.Payload) != want || len(c.Wire) != want {
			return fmt.Sprintf("cell %d has %d rounds of %d", i, len(c.TookS), r.Done)
		}
		if want > 0 && len(c.Values) == 0 {
			return fmt.Sprintf("cell %d has no figures", i)
		}
		for name, v := range c.Values { // a round may have none, as of time too short to be told
			if len(v) == 0 || len(v) > want || slices.Min(v) < 0 {
				return fmt.Sprintf("cell %d has %.80s of %s in %d rounds", i, fmt.Sprint(v), name, want)
			}
		}
	}
	return ""
}

// add takes over a whole round: one trial for each cell, nil where it is refused.
func (r *rounds) add(e *Experiment, ts []*trial) error {
	r.Experiment.Rounds = e.config.Rounds
	for i, t := range ts {
		if t == nil {
			continue
		}
		c := &r.Cells[i]
		if c.Values == nil {
			c.Values = map[string][]float64{}
		}
		for name, v := range t.values {
			c.Values[name] = append(c.Values[name], v)
		}
		c.TookS, c.Messages = append(c.TookS, t.took.Seconds()), append(c.Messages, t.messages)
		c.Payload, c.Wire = append(c.Payload, t.payload), append(c.Wire, t.wire)
		if t.response != nil {
			h, err := t.response.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
			if err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			c.Histograms = append(c.Histograms, string(h))
		}
	}
	r.Done++
	return nil
}

// save writes the file whole or not at all.
func (r *rounds) save(path string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("bench: resume: %w", err)
	}
	f, err := os.OpenFile(path+"."+rand.Text()+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // os.CreateTemp makes files for their owner alone
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		pe.Path = path // not the other name, which nobody has given
	}
	if err != nil {
		return fmt.Errorf("bench: resume: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("bench: resume: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
