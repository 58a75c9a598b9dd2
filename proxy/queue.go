package proxy

import (
	"sync"
	"time"
)

// chunk is what one read returned, or, with an error, the end: io.EOF or what
// cut the connection.
type chunk struct {
	data []byte
	came time.Time
	err  error
}

// overhead is what a chunk counts for beside its bytes, so that many small ones
// do not cost more memory than a queue may have.
const overhead = 128

// queue holds chunks between the reader and the writer of a direction: one
// goroutine each. It takes a chunk of any size if it is below its limit.
type queue struct {
	mu     sync.Mutex
	chunks []chunk
	size   int64
	limit  int64
	filled chan struct{} // has a token when chunks were added
	freed  chan struct{} // has a token when chunks were taken
}

func newQueue(limit int64) *queue {
	return &queue{limit: limit, filled: make(chan struct{}, 1), freed: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// push adds a chunk as soon as there is room; false if stop was closed before.
func (q *queue) push(c chunk, stop <-chan struct{}) bool {
	for {
		q.mu.Lock()
		if q.size < q.limit {
			q.chunks = append(q.chunks, c)
			q.size += int64(len(c.data)) + overhead
			q.mu.Unlock()
			signal(q.filled)
			return true
		}
		q.mu.Unlock()
		select {
		case <-q.freed:
		case <-stop:
			return false
		}
	}
}

// pop takes the oldest chunk; ok is false if there is none. Then filled tells
// when it is worth to ask again.
func (q *queue) pop() (c chunk, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.chunks) == 0 {
		return chunk{}, false
	}
	c = q.chunks[0]
	q.chunks[0] = chunk{}
	q.chunks = q.chunks[1:]
	q.size -= int64(len(c.data)) + overhead
	signal(q.freed)
	return c, true
}
