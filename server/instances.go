package server

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// instances are the names that clients give themselves in their prefaces
// (instance=NAME): a run that is split among several machines has one for each,
// and the server counts their sessions apart. Peers choose the names, so there
// are never more than maxInstances: a new one takes the place of the one that
// came first of those without a connection, and if all have one, it is counted
// as other.
type instances struct {
	mu     sync.Mutex
	by     map[string]*instance
	serial int64
	rest   instance // other
}

const (
	maxInstances    = 512
	maxInstanceName = 64

	// otherInstance takes in what is beyond maxInstances.
	otherInstance = "other"
)

// instance is one of them.
type instance struct {
	name   string
	serial int64        // of its creation
	conns  atomic.Int64 // open
	opened atomic.Int64 // sessions
}

// checkInstance refuses a name that is long, or more than a word: it stands in
// logs and documents.
func checkInstance(name string) error {
	if len(name) > maxInstanceName {
		return fmt.Errorf("preface: instance=%.32s... has %d bytes, limit %d", name, len(name), maxInstanceName)
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._-", c) >= 0) {
			return fmt.Errorf("preface: instance=%q: want letters, digits and . _ -", name)
		}
	}
	return nil
}

// enter adds a session to the instance of that name; leave takes it off again.
// What a name that has to go has counted is given to fold.
func (s *instances) enter(name string, fold func(*instance)) *instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.by[name]
	if at == nil && name != otherInstance && (len(s.by) < maxInstances || s.evict(fold)) {
		if s.by == nil {
			s.by = map[string]*instance{}
		}
		s.serial++
		at = &instance{name: name, serial: s.serial}
		s.by[name] = at
	}
	if at == nil {
		at = &s.rest
		at.name = otherInstance
	}
	at.conns.Add(1)
	at.opened.Add(1)
	return at
}

func (i *instance) leave() {
	if i != nil {
		i.conns.Add(-1)
	}
}

// evict makes room, if any instance has no connection: then nobody counts for
// it, and nobody can begin to.
func (s *instances) evict(fold func(*instance)) bool {
	var oldest *instance
	for _, i := range s.by {
		if i.conns.Load() == 0 && (oldest == nil || i.serial < oldest.serial) {
			oldest = i
		}
	}
	if oldest == nil {
		return false
	}
	fold(oldest)
	delete(s.by, oldest.name)
	return true
}

// fold counts what an instance has moved as nobody's in particular.
func (s *Server) fold(i *instance) {
	s.lane.fold(i)
	for l := range s.loops() {
		l.traffic.fold(i)
	}
}

// InstanceTraffic is what the sessions of one client instance have moved, in all.
// Bytes are those on the wire behind the preface, payloads those in frames, as
// in [Traffic].
type InstanceTraffic struct {
	Name       string `json:"name"`
	Conns      int64  `json:"conns"`    // open now; 0: the counts are final
	Sessions   int64  `json:"sessions"` // opened so far
	BytesIn    int64  `json:"bytes_in"`
	BytesOut   int64  `json:"bytes_out"`
	PayloadIn  int64  `json:"payload_in"`
	PayloadOut int64  `json:"payload_out"`
	FramesIn   int64  `json:"frames_in"`
	FramesOut  int64  `json:"frames_out"`
}

// Instances returns what each client instance has moved so far, by name. There
// are 512 names at most and one, "other", for what is beyond. Any goroutine may
// call it.
func (s *Server) Instances() []InstanceTraffic { return s.instancesNamed(allInstances) }

// allInstances is no name that an instance can have.
const allInstances = "*"

// instancesNamed returns the one of that name, or all.
func (s *Server) instancesNamed(name string) []InstanceTraffic {
	sums := map[*instance]*InstanceTraffic{}
	s.instances.mu.Lock() // none is evicted meanwhile
	defer s.instances.mu.Unlock()
	for _, i := range append(slices.Collect(maps.Values(s.instances.by)), &s.instances.rest) {
		if i.name != "" && (name == allInstances || name == i.name) {
			// Conns first: who finds it 0 finds all that was counted before.
			sums[i] = &InstanceTraffic{Name: i.name, Conns: i.conns.Load(), Sessions: i.opened.Load()}
		}
	}
	if len(sums) == 0 {
		return nil
	}
	s.eachTraffic(func(k session, t *traffic) {
		sum := sums[k.instance]
		if sum == nil {
			return
		}
		sum.BytesIn += t.bytesIn
		sum.BytesOut += t.bytesOut
		sum.PayloadIn += t.payloadIn
		sum.PayloadOut += t.payloadOut
		sum.FramesIn += t.framesIn
		sum.FramesOut += t.framesOut
	})
	var all []InstanceTraffic
	for _, t := range sums {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b InstanceTraffic) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
