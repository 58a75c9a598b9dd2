package server

import (
	"strings"
	"sync"
)

// refusals counts the connections that were not let in, by what the line that
// they got says before its first colon.
type refusals struct {
	mu sync.Mutex
	by map[string]int64
}

func (r *refusals) add(reason string) {
	reason, _, _ = strings.Cut(reason, ":")
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]int64{}
	}
	r.by[strings.ReplaceAll(reason, " ", "_")]++
}

// Refusals returns how many connections were not let in, by reason. Any
// goroutine may call it.
func (s *Server) Refusals() map[string]int64 {
	s.refusals.mu.Lock()
	defer s.refusals.mu.Unlock()
	by := map[string]int64{}
	for reason, n := range s.refusals.by {
		by[reason] = n
	}
	return by
}
