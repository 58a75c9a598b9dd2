package server

import "sync/atomic"

// Stats counts since the server started. Bytes are those on the wire. Bytes,
// frames, reads and writes are of connections; what UDP moves stands by itself.
type Stats struct {
	Conns        int64 // open now, on loops and lanes
	Lanes        int64 // of these, on the lane
	Accepted     int64
	Refused      int64 // connections that were not let in
	AcceptErrors int64 // accepts that failed and were tried again
	BytesIn      int64
	BytesOut     int64
	FramesIn     int64
	FramesOut    int64 // counted when the reply begins
	Reads        int64 // system calls that returned input
	Writes       int64 // system calls that took output
	LaneMoves    int64 // from a loop to the lane
	GiveBacks    int64 // from the lane to its loop
	Stalls       int64 // connections cut off because their peer took nothing for the stall timeout
	BadPrefaces  int64
	BadFrames    int64
	Truncated    int64 // streams that ended inside a frame
	Panics       int64
	FilesSent    int64 // files too big for one write that were sent to their end
	FilesBroken  int64 // such files that were not
	Records      int64 // JSON records taken
	RecordsLost  int64 // of these, not handed to Config.OnRecord, which was too slow
	BadRecords   int64

	RateWaits     int64 // waits of a connection for its own rate
	AddrRateWaits int64 // and for that of its address

	// UDP. Bytes are those behind the UDP header.
	DatagramsIn        int64
	DatagramsOut       int64
	DatagramBytesIn    int64
	DatagramBytesOut   int64
	DatagramReads      int64 // system calls that returned datagrams
	DatagramWrites     int64 // system calls that took datagrams
	Transfers          int64 // files and streams that run now
	TransfersDone      int64
	TransfersEnded     int64 // before their end: the peer has gone or said stop, or the server stopped
	TransfersRefused   int64 // too many, too long, or the server is stopping
	DatagramsNoToken   int64 // would have been answered with more than their sender had proved to want
	DatagramsOverRate  int64 // were not answered, since their address has had its bytes
	DatagramsBad       int64 // with a header that is wrong or of no run
	DatagramSendErrors int64
}

// counters are the live form of what Stats has besides the sums of traffic.
type counters struct {
	Conns, Lanes, Accepted, Refused, AcceptErrors, LaneMoves, GiveBacks atomic.Int64
	Stalls, BadPrefaces, BadFrames, Truncated, Panics                   atomic.Int64
	FilesSent, FilesBroken                                              atomic.Int64
	Records, RecordsLost, BadRecords                                    atomic.Int64
	RateWaits, AddrRateWaits                                            atomic.Int64
}

func (c *counters) addTo(s *Stats) {
	s.Conns += c.Conns.Load()
	s.Lanes += c.Lanes.Load()
	s.Accepted += c.Accepted.Load()
	s.Refused += c.Refused.Load()
	s.AcceptErrors += c.AcceptErrors.Load()
	s.LaneMoves += c.LaneMoves.Load()
	s.GiveBacks += c.GiveBacks.Load()
	s.Stalls += c.Stalls.Load()
	s.BadPrefaces += c.BadPrefaces.Load()
	s.BadFrames += c.BadFrames.Load()
	s.Truncated += c.Truncated.Load()
	s.Panics += c.Panics.Load()
	s.FilesSent += c.FilesSent.Load()
	s.FilesBroken += c.FilesBroken.Load()
	s.Records += c.Records.Load()
	s.RecordsLost += c.RecordsLost.Load()
	s.BadRecords += c.BadRecords.Load()
	s.RateWaits += c.RateWaits.Load()
	s.AddrRateWaits += c.AddrRateWaits.Load()
}

// Stats returns the counts of now. Any goroutine may call it.
func (s *Server) Stats() Stats {
	var sum Stats
	s.stats.addTo(&sum)
	for _, t := range s.connTraffic() {
		sum.BytesIn += t.BytesIn
		sum.BytesOut += t.BytesOut
		sum.FramesIn += t.FramesIn
		sum.FramesOut += t.FramesOut
		sum.Reads += t.Reads
		sum.Writes += t.Writes
	}
	for c := range s.udpCounts() {
		c.addTo(&sum)
	}
	sum.Transfers = s.udp.transfers.active.Load()
	return sum
}
