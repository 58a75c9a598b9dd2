package server

// refusal is why a peer was refused or cut off.
type refusal uint8

const (
	refusedConns refusal = iota
	refusedAddr
	refusedDescriptors
	refusedStopping
	refusedOneClient
	refusedHandshake
	refusedPreface
	refusedFrame
	refusedTransfer
	refusedStream
	refusedHeld
	refusedIdle
	refusedStall
	refusedToken
	refusedLoop
	refusedRate
	refusedTransfers
	refusedAddrTransfers

	refusalCount // how many there are
)

// refusalNames are what [Server.Refusals] calls them.
var refusalNames = [refusalCount]string{
	refusedConns:         "connections",
	refusedAddr:          "connections_per_address",
	refusedDescriptors:   "descriptors",
	refusedStopping:      "stopping",
	refusedOneClient:     "one_client",
	refusedHandshake:     "handshake_timeout",
	refusedPreface:       "preface",
	refusedFrame:         "frame",
	refusedTransfer:      "transfer",
	refusedStream:        "stream",
	refusedHeld:          "held",
	refusedIdle:          "idle_timeout",
	refusedStall:         "stall_timeout",
	refusedToken:         "udp_token",
	refusedLoop:          "udp_loop",
	refusedRate:          "udp_address_rate",
	refusedTransfers:     "udp_transfers",
	refusedAddrTransfers: "udp_transfers_per_address",
}

// refused counts a connection that is not let in, and returns the text.
func (s *Server) refused(why refusal, text string) string {
	s.refusals[why].Add(1)
	n := s.stats.Refused.Add(1)
	if s.warned.now() {
		s.log.Warn("connection refused", "reason", text, "refused_so_far", n)
	}
	return text
}

// acceptFailed tells of an accept that failed, once a second.
func (s *Server) acceptFailed(err error) {
	n := s.stats.AcceptErrors.Add(1)
	if s.warnedAccept.now() {
		s.log.Warn("cannot accept; trying again", "error", err, "failed_so_far", n)
	}
}

// Refusals returns how many peers were refused or cut off, by the limit or the
// reason. Any goroutine may call it.
func (s *Server) Refusals() map[string]int64 {
	by := make(map[string]int64, refusalCount)
	for why, name := range refusalNames {
		by[name] = s.refusals[why].Load()
	}
	for c := range s.udpCounts() {
		by[refusalNames[refusedToken]] += c.NoToken.Load()
		by[refusalNames[refusedRate]] += c.OverRate.Load()
	}
	return by
}
