package server

import (
	"errors"
	"sync/atomic"

	"github.com/loadframe/loadframe/codec"
)

// faultClasses are the kinds of errors about frames, by what the framing's
// error wraps. What wraps none of them is of the class other.
var faultClasses = [...]struct {
	name string
	is   error
}{
	{"too_long", codec.ErrTooLong},
	{"bad_length", codec.ErrBadLength},
	{"bad_frame", codec.ErrBadFrame},
	{"bad_trailer", codec.ErrBadTrailer},
	{"other", nil},
}

// faults counts bad frames by class, and requests that handlers refused.
type faults struct {
	frames  [len(faultClasses)]atomic.Int64
	handler atomic.Int64
}

// frame counts an error of a framing.
func (f *faults) frame(err error) {
	i := 0
	for i < len(faultClasses)-1 && !errors.Is(err, faultClasses[i].is) {
		i++
	}
	f.frames[i].Add(1)
}

// Errors returns how often peers sent what cannot be served, by class: those
// of bad frames, truncated (the stream ended inside a frame), preface, handler
// (a handler refused the request), and datagram (a header over UDP that is wrong
// or of no run). Any goroutine may call it.
func (s *Server) Errors() map[string]int64 {
	by := map[string]int64{
		"truncated": s.stats.Truncated.Load(),
		"preface":   s.stats.BadPrefaces.Load(),
		"handler":   s.faults.handler.Load(),
		"datagram":  0,
	}
	for c := range s.udpCounts() {
		by["datagram"] += c.Bad.Load()
	}
	for i, class := range faultClasses {
		by[class.name] = s.faults.frames[i].Load()
	}
	return by
}
