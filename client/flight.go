package client

// stamp is when a message was due and when it was sent, ns since the start.
type stamp struct {
	due, sent int64
	lag       int64 // what of sent - due is the generator's own fault
}

// flight holds the stamps of the messages that are sent and not answered, in
// order. The connection's lock guards it.
type flight struct{ queue[stamp] }

// queue is first in, first out. It grows as needed, so that a connection which
// never has more than one in flight pays for a few.
type queue[T any] struct {
	ring []T // its length is a power of two
	head int // number of the oldest
	n    int
}

func (q *queue[T]) put(v T) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = v
	q.n++
}

// oldest returns the next that take removes; there must be one.
func (q *queue[T]) oldest() *T { return &q.ring[q.head&(len(q.ring)-1)] }

// take removes the oldest; there must be one.
func (q *queue[T]) take() T {
	v := *q.oldest()
	q.head++
	q.n--
	return v
}

func (q *queue[T]) grow() {
	ring := make([]T, max(4, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}
