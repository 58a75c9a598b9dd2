package server

import "sync/atomic"

// Stats counts since the server started. Bytes are those on the wire.
type Stats struct {
	Conns       int64 // open now, on loops and lanes
	Lanes       int64 // of these, on the lane
	Accepted    int64
	Refused     int64 // over the limit of connections or descriptors
	BytesIn     int64
	BytesOut    int64
	FramesIn    int64
	FramesOut   int64
	Reads       int64 // system calls that returned input
	Writes      int64 // system calls that took output
	LaneMoves   int64 // from a loop to the lane
	GiveBacks   int64 // from the lane to its loop
	Stalls      int64 // connections cut off because their peer took nothing for the stall timeout
	BadPrefaces int64
	BadFrames   int64
	Truncated   int64 // streams that ended inside a frame
	Panics      int64
}

// counters are the live form of Stats. A connection adds to them once a chunk,
// not once a frame.
type counters struct {
	Conns, Lanes, Accepted, Refused        atomic.Int64
	BytesIn, BytesOut, FramesIn, FramesOut atomic.Int64
	Reads, Writes, LaneMoves, GiveBacks    atomic.Int64
	Stalls, BadPrefaces, BadFrames         atomic.Int64
	Truncated, Panics                      atomic.Int64
}

// Stats returns the counts of now. Any goroutine may call it.
func (s *Server) Stats() Stats {
	c := &s.stats
	return Stats{
		Conns: c.Conns.Load(), Lanes: c.Lanes.Load(), Accepted: c.Accepted.Load(), Refused: c.Refused.Load(),
		BytesIn: c.BytesIn.Load(), BytesOut: c.BytesOut.Load(), FramesIn: c.FramesIn.Load(), FramesOut: c.FramesOut.Load(),
		Reads: c.Reads.Load(), Writes: c.Writes.Load(), LaneMoves: c.LaneMoves.Load(), GiveBacks: c.GiveBacks.Load(),
		Stalls: c.Stalls.Load(), BadPrefaces: c.BadPrefaces.Load(), BadFrames: c.BadFrames.Load(),
		Truncated: c.Truncated.Load(), Panics: c.Panics.Load(),
	}
}

func (c *conn) countRead(n int) {
	s := &c.lis.srv.stats
	s.Reads.Add(1)
	s.BytesIn.Add(int64(n))
}

func (c *conn) countWrite(n int) {
	s := &c.lis.srv.stats
	s.Writes.Add(1)
	s.BytesOut.Add(int64(n))
}

func (c *conn) countFrames() {
	s := &c.lis.srv.stats
	s.FramesIn.Add(c.framesIn)
	s.FramesOut.Add(c.framesOut)
	c.framesIn, c.framesOut = 0, 0
}
