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
// one connection. frame is valid until Serve returns; what r gathers is copied
// out of it. Serve must not block: it may run on an event loop. An error is
// sent to the peer as a reply that begins with "ERR " and closes the
// connection; a panic closes it too, and costs no other connection.
type Handler interface {
	Serve(r *Reply, frame []byte) error
}

// handlers names what a listener or a preface may ask for. Each makes a
// handler from the server's limits and the preface's parameters, of which it
// takes those that it knows.
var handlers = map[string]func(Limits, *params) (Handler, error){
	"ack":      newAck,
	"command":  newCommand,
	"echo":     newEcho,
	"generate": newGenerate,
}

// Handlers returns the names of all handlers, sorted.
func Handlers() []string { return slices.Sorted(maps.Keys(handlers)) }

func checkHandler(name string) error {
	if handlers[name] == nil {
		return fmt.Errorf("unknown handler %.64q: the handlers are %s", name, strings.Join(Handlers(), ", "))
	}
	return nil
}

// newHandler makes the handler that a session asks for, and refuses parameters
// that it does not know.
func newHandler(name string, limits Limits, ps []preface.Param) (Handler, error) {
	if err := checkHandler(name); err != nil {
		return nil, err
	}
	p := &params{handler: name, left: slices.Clone(ps)}
	h, err := handlers[name](limits, p)
	if err == nil {
		err = p.unknown()
	}
	return h, err
}
