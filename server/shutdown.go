package server

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// Shutdown takes no more connections, lets the transfers that run go on for
// the drain timeout or until ctx ends, then closes everything and waits until
// nothing of the server runs, but for connections whose handler does not come
// back, as when a file system hangs. It returns an error that tells how many
// transfers were cut and how many connections left behind, if any.
func (s *Server) Shutdown(ctx context.Context) error {
	var err error
	s.stopped.Do(func() { err = s.shutdown(ctx) })
	return err
}

func (s *Server) shutdown(ctx context.Context) error {
	s.startDraining()
	drain, cancel := context.WithTimeout(ctx, s.limits.DrainTimeout)
	defer cancel()
	s.drain(drain)
	cut, hung := s.close()
	switch {
	case hung > 0:
		return fmt.Errorf("server: %d connections wait for a call that does not return, and are left behind; %d transfers were cut off", hung, cut)
	case cut > 0:
		return fmt.Errorf("server: %d transfers were cut off after the drain timeout of %v", cut, s.limits.DrainTimeout)
	}
	return nil
}

// startDraining returns when nobody listens any more, and whoever was on the
// way to a loop has arrived; nobody else goes.
func (s *Server) startDraining() {
	s.giving.Lock()
	first := !s.draining.Swap(true)
	s.giving.Unlock()
	if !first {
		return
	}
	close(s.stop)
	for _, l := range s.listeners {
		l.close()
	}
	close(s.coming)
	s.meeting.Wait()
}

// drain waits until no connection is on the lane and no datagrams are owed:
// connections on the loops owe nothing, once each loop has finished what it was
// at.
func (s *Server) drain(ctx context.Context) {
	s.loop.locals.Range(func(e, _ any) bool {
		done := make(chan struct{})
		if s.loop.onLoop(e.(gnet.EventLoop), func() { close(done) }) == nil {
			select {
			case <-done:
			case <-ctx.Done():
			}
		}
		return true
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.stats.Lanes.Load()+s.udp.transfers.active.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// close ends the loops, then the lanes, and returns how many transfers that has
// cut off, and how many lanes have not ended.
func (s *Server) close() (cut, hung int64) {
	s.startDraining()
	s.watch.Wait()
	s.loop.stop()
	ended := s.udp.transfers.close()
	for _, l := range s.udpListeners {
		l.stop()
	}
	s.mu.Lock()
	if !s.closed {
		close(s.cut)
	}
	s.closed = true
	for nc := range s.onLane {
		nc.Close()
	}
	s.mu.Unlock()
	hung = s.awaitLanes()
	if !s.records.close(s.limits.DrainTimeout) {
		s.log.Warn("records are lost: what takes them is blocked", "waiting", len(s.records.ch))
	}
	s.reserve.mu.Lock()
	s.reserve.drop()
	s.reserve.mu.Unlock()
	s.room.close()
	s.root.close()
	s.conns.close()
	return s.cuts.Load() + int64(ended), hung
}

// lanePatience is how long a lane may take to end once its connection is closed:
// all that it then waits for is a call of its handler, which nobody can break
// off.
const lanePatience = 5 * time.Second

// awaitLanes waits for the lanes, and returns how many have not ended.
func (s *Server) awaitLanes() (hung int64) {
	ended := make(chan struct{})
	go func() {
		s.lanes.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return 0
	case <-time.After(lanePatience):
		return max(1, s.stats.Lanes.Load())
	}
}

// Draining tells that the server takes no more connections, because it stops.
func (s *Server) Draining() bool { return s.stopping() }

func (s *Server) stopping() bool { return s.draining.Load() }

// cutting tells that what is still on the lane is cut.
func (s *Server) cutting() bool {
	select {
	case <-s.cut:
		return true
	default:
		return false
	}
}

// cutsLogged bounds the lines about transfers that were cut.
const cutsLogged = 20

// logCut tells of a transfer that was cut.
func (s *Server) logCut(peer net.Addr, owed int64) {
	if s.cuts.Add(1) <= cutsLogged {
		s.log.Warn("transfer cut off", "peer", peer, "owed_bytes", owed, "drain_timeout", s.limits.DrainTimeout)
	}
}
