package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// streamSchema names the version of the lines that [Stream] writes.
const streamSchema = "loadframe.stream/1"

// Stream writes a run as JSON lines while it goes on: one object a line, "start" first, then "interval" as they come, "error" if
// there is one, and "end" with the whole result, so that a reader of the last line loses nothing against -J. The events are those
// of iperf3's --json-stream, and "run" in front of each of several runs, whose times begin anew. The zero value is not ready; [NewStream] makes one. One goroutine at a time may use it.
//
//	{"event":"start","data":{"schema":"loadframe.stream/1","config":{...},...}}
//	{"event":"interval","data":{"start_s":0,"end_s":1,...}}
//	{"event":"end","data":{"schema":"loadframe.result/1",...}}
type Stream struct {
	w   io.Writer
	err error
}

// NewStream returns a Stream onto w.
func NewStream(w io.Writer) *Stream { return &Stream{w: w} }

type streamStart struct {
	Schema    string   `json:"schema"`
	Tool      Tool     `json:"tool"`
	Command   []string `json:"command"`
	Config    Config   `json:"config"`
	Host      Host     `json:"host"`
	Workload  string   `json:"workload"`
	Framing   string   `json:"framing"`
	Transport string   `json:"transport"`
}

// Start writes what is about to be run, as far as r knows it.
func (s *Stream) Start(r *Result) {
	s.event("start", streamStart{streamSchema, r.Tool, r.Command, r.Config, r.Host, r.Workload, r.Framing, r.Transport})
}

// Run writes that run number run of several begins.
func (s *Stream) Run(run, of int) {
	s.event("run", struct {
		Run int `json:"run"`
		Of  int `json:"of"`
	}{run, of})
}

// Interval writes one interval.
func (s *Stream) Interval(v Interval) { s.event("interval", v) }

// End writes the error of r, if any, and r. It returns the first error of writing.
func (s *Stream) End(r *Result) error {
	r = r.document()
	if r.Failed() {
		s.event("error", r.Error)
	}
	s.event("end", r)
	return s.err
}

func (s *Stream) event(name string, data any) {
	if s.err != nil {
		return
	}
	line, err := json.Marshal(struct {
		Event string `json:"event"`
		Data  any    `json:"data"`
	}{name, data})
	if err == nil {
		_, err = s.w.Write(append(line, '\n')) // one write a line: a reader never sees half of one
	}
	if err != nil {
		s.err = fmt.Errorf("report: writing the %s event: %w", name, err)
	}
}
