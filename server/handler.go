package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/internal/preface"
)

// Handler answers the frames of one connection.
//
// Serve is called for one frame after the other, never at the same time for
// one connection. frame is valid until Serve returns. Serve must not block: it may run on an event loop. An error is
// sent to the peer as a reply that begins with "ERR " and closes the
// connection; a panic closes it too, and costs no other connection.
type Handler interface {
	Serve(r *Reply, frame []byte) error
}

// newHandler makes the handler of one session, from the server's limits and
// the preface's parameters, of which it takes those that it knows.
type newHandler func(Limits, *params) (Handler, error)

// builtin names what a listener or a preface may ask for.
var builtin = map[string]newHandler{
	"ack":      newAck,
	"command":  newCommand,
	"echo":     newEcho,
	"generate": newGenerate,
}

// Handlers returns the names of the handlers that every server has, sorted.
func Handlers() []string { return slices.Sorted(maps.Keys(builtin)) }

// allHandlers returns the built-in handlers and those of a configuration.
func allHandlers(more map[string]func() Handler) (map[string]newHandler, error) {
	all := maps.Clone(builtin)
	for name, make := range more {
		if all[name] != nil || make == nil || strings.ContainsAny(name, " \t\r\n=&?") || name == "" {
			return nil, fmt.Errorf("server: handler %q: want a new name without blanks, and a function", name)
		}
		all[name] = func(Limits, *params) (Handler, error) {
			if h := make(); h != nil {
				return h, nil
			}
			return nil, fmt.Errorf("handler %s is not to be had", name)
		}
	}
	return all, nil
}

// handler makes what a session asks for, and refuses parameters that it does
// not know.
func (s *Server) handler(name string, ps []preface.Param) (Handler, error) {
	make := s.handlers[name]
	if make == nil {
		names := slices.Sorted(maps.Keys(s.handlers))
		return nil, fmt.Errorf("unknown handler %.64q: the handlers are %s", name, strings.Join(names, ", "))
	}
	p := &params{handler: name, left: slices.Clone(ps)}
	h, err := make(s.limits, p)
	if err == nil {
		err = p.unknown()
	}
	return h, err
}
