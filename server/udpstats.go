package server

import "sync/atomic"

// udpCounters are those of one socket; Stats has their sums. BytesOut, of
// transfers and loop, counts what was given to the kernel; what it did not take
// is in SendErrors.
type udpCounters struct {
	In, Out, BytesIn, BytesOut                  atomic.Int64
	Done, Ended                                 atomic.Int64
	NoToken, OverRate, Refused, Bad, SendErrors atomic.Int64

	_ [64]byte // the next one's are on another line
}

func (c *udpCounters) addTo(s *Stats) {
	s.DatagramsIn += c.In.Load()
	s.DatagramsOut += c.Out.Load()
	s.DatagramBytesIn += c.BytesIn.Load()
	s.DatagramBytesOut += c.BytesOut.Load()
	s.TransfersDone += c.Done.Load()
	s.TransfersEnded += c.Ended.Load()
	s.TransfersRefused += c.Refused.Load()
	s.DatagramsNoToken += c.NoToken.Load()
	s.DatagramsOverRate += c.OverRate.Load()
	s.DatagramsBad += c.Bad.Load()
	s.DatagramSendErrors += c.SendErrors.Load()
}
