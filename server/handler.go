package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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

// Opener is a Handler that speaks first. Open is called once, before any frame:
// when the connection is accepted, or behind the answer to a preface. A
// listener that names such a handler and no framing has the framing text: with
// auto it would have to wait for the peer's first bytes.
type Opener interface {
	Open(r *Reply) error
}

// Ender is a Handler with a last word. End is called once, when the peer has
// shut its direction down and every frame is served, unless the connection is
// closing already.
type Ender interface {
	End(r *Reply) error
}

// Once behind a handler's name closes each connection after the first reply:
// "ack:once".
const Once = ":once"

// newHandler makes the handler of one session, from the server's limits and
// the preface's parameters, of which it takes those that it knows.
type newHandler func(Limits, *params) (Handler, error)

// builtin names what a listener or a preface may ask for.
var builtin = map[string]newHandler{
	"ack":      newAck,
	"advanced": newAdvanced,
	"command":  newCommand,
	"echo":     newEcho,
	"generate": newGenerate,
	"record":   newRecord,
	"sink":     newSink,
	"stamp":    newStamp,
	"stats":    newStats,
	"stream":   newStream,
	"time":     newClock,
}

// handlerFraming is the framing of a listener that names such a handler and no
// framing, if it is another than usual.
var handlerFraming = map[string]string{"advanced": AdvancedFraming}

// Handlers returns the names of the handlers that every server has, sorted. Each
// may be asked for with [Once] behind its name.
func Handlers() []string { return slices.Sorted(maps.Keys(builtin)) }

// allHandlers returns the built-in handlers and those of a configuration.
func allHandlers(more map[string]func() Handler) (map[string]newHandler, error) {
	all := maps.Clone(builtin)
	for name, make := range more {
		if all[name] != nil || make == nil || strings.ContainsAny(name, " \t\r\n=&?:") || name == "" {
			return nil, fmt.Errorf("server: handler %q: want a new name without blanks and colons, and a function", name)
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

// handler makes what a session asks for with p, and refuses parameters that it
// does not know.
func (s *Server) handler(name string, p *params) (Handler, error) {
	p.handler, p.once = strings.CutSuffix(name, Once)
	make := s.handlers[p.handler]
	if make == nil {
		names := slices.Sorted(maps.Keys(s.handlers))
		return nil, fmt.Errorf("unknown handler %.64q: the handlers are %s", name, strings.Join(names, ", "))
	}
	h, err := make(s.limits, p)
	if err == nil {
		err = p.unknown()
	}
	return h, err
}
