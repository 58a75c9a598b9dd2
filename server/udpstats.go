package server

import (
	"iter"
	"sync/atomic"
)

// udpCounters are those of one socket; Stats has their sums. BytesOut, of
// transfers and loop, counts what was given to the kernel; what it did not take
// is in SendErrors.
type udpCounters struct {
	In, Out, BytesIn, BytesOut, Reads, Writes   atomic.Int64
	Done, Ended                                 atomic.Int64
	NoToken, OverRate, Refused, Bad, SendErrors atomic.Int64

	_ [64]byte // the next one's are on another line
}

func (c *udpCounters) addTo(s *Stats) {
	s.DatagramsIn += c.In.Load()
	s.DatagramsOut += c.Out.Load()
	s.DatagramBytesIn += c.BytesIn.Load()
	s.DatagramBytesOut += c.BytesOut.Load()
	s.DatagramReads += c.Reads.Load()
	s.DatagramWrites += c.Writes.Load()
	s.TransfersDone += c.Done.Load()
	s.TransfersEnded += c.Ended.Load()
	s.TransfersRefused += c.Refused.Load()
	s.DatagramsNoToken += c.NoToken.Load()
	s.DatagramsOverRate += c.OverRate.Load()
	s.DatagramsBad += c.Bad.Load()
	s.DatagramSendErrors += c.SendErrors.Load()
}

// addTraffic adds datagrams as if they were frames: one is a message, and what
// the traffic's bytes and payload are is the same.
func (c *udpCounters) addTraffic(sum *Traffic) {
	in, out := c.BytesIn.Load(), c.BytesOut.Load()
	sum.BytesIn += in
	sum.BytesOut += out
	sum.PayloadIn += in
	sum.PayloadOut += out
	sum.FramesIn += c.In.Load()
	sum.FramesOut += c.Out.Load()
	sum.Reads += c.Reads.Load()
	sum.Writes += c.Writes.Load()
}

// udpCounts goes through the counts of all UDP sockets.
func (s *Server) udpCounts() iter.Seq[*udpCounters] {
	return func(yield func(*udpCounters) bool) {
		for _, l := range s.udpListeners {
			for _, p := range l.loops {
				if !yield(&p.count) {
					return
				}
			}
		}
	}
}
