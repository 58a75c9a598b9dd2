package report

import "net/netip"

// Connection is what one connection of a run did, for outputs that tell connections apart. It is no part of the result document, which
// sums over them. Zero: not known.
type Connection struct {
	Socket        int // descriptor, or a number that stands for it
	Local, Remote netip.AddrPort
	Sender        bool // the client sends; of a duplex run each direction is a Connection
	Totals        Flow
	Intervals     []Flow // as many as Result.Intervals, in their order
}

// Flow is what one connection moved in one direction in a stretch of time. Of TCP, the path's figures are the sender's own, at the end
// of the stretch.
type Flow struct {
	StartS, EndS   float64
	Sent, Received int64 // payload bytes at the two ends, each where it is counted

	Retransmits, SndCwnd, SndWnd, PMTU int64 // segments, bytes, bytes, bytes
	RTTNs, RTTVarNs, MinRTTNs          int64

	Packets, Lost, OutOfOrder int64 // datagrams
	JitterNs                  int64
}
