package client

// stamp is when a message was due and when it was sent, ns since the start.
type stamp struct {
	due, sent int64
	lag       int64 // what of sent - due is the generator's own fault
}

// flight holds the stamps of the messages that are sent and not answered, in
// order. It grows as needed, so that a connection which never has more than
// one in flight pays for a few. The connection's lock guards it.
type flight struct {
	ring []stamp // its length is a power of two
	head int     // number of the oldest
	n    int
}

func (f *flight) put(s stamp) {
	if f.n == len(f.ring) {
		f.grow()
	}
	f.ring[(f.head+f.n)&(len(f.ring)-1)] = s
	f.n++
}

// take removes the oldest; there must be one.
func (f *flight) take() stamp {
	s := f.ring[f.head&(len(f.ring)-1)]
	f.head++
	f.n--
	return s
}

func (f *flight) grow() {
	ring := make([]stamp, max(4, 2*len(f.ring)))
	for i := range f.n {
		ring[i] = f.ring[(f.head+i)&(len(f.ring)-1)]
	}
	f.ring, f.head = ring, 0
}
