package client

// upWire tells how many wire bytes have carried messages up that are
// acknowledged. To count them when they are written would count what is in flight
// before its payload, and leave it out where that is, when a warm-up or an
// interval ends between the two. It is told of each write, not of each message.
// The zero value has seen none.
type upWire struct {
	writes     queue[upBytes] // not wholly acknowledged; each with all before it
	sent, past upBytes        // in all; with the last one that is wholly acknowledged
}

type upBytes struct{ payload, wire int64 }

// wrote tells of a write of whole messages.
func (u *upWire) wrote(payload, wire int64) {
	u.sent = upBytes{u.sent.payload + payload, u.sent.wire + wire}
	u.writes.put(u.sent)
}

// acknowledged returns the wire bytes of the first payload bytes. Of a write of
// which a part is acknowledged they are as great a part.
func (u *upWire) acknowledged(payload int64) int64 {
	for u.writes.n > 0 && u.writes.oldest().payload <= payload {
		u.past = u.writes.take()
	}
	wire := u.past.wire
	if rest := payload - u.past.payload; rest > 0 && u.writes.n > 0 {
		next := u.writes.oldest()
		wire += rest * (next.wire - u.past.wire) / (next.payload - u.past.payload) // a write is windowLimit and a message at most
	}
	return wire
}
