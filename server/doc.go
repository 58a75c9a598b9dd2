// Package server is the far end of a load test: an event-loop server with
// echo, acknowledge and file-generating handlers behind any framing of
// package codec.
//
// The way of a request:
//
//	gnet loop -> conn takes the chunk -> codec.Stream yields frames -> Handler.Serve
//	          -> replies gather in one buffer -> one write -> (does not fit) the lane
//
// The loop does small things: it accepts, decodes, and writes what a chunk's
// replies came to with one non-blocking write. It never lets gnet buffer
// output, because gnet's buffer has no bound and is dropped at close.
//
// The lane does the rest. When a write does not fit, or a reply is a big
// generated file or takes its time, the connection leaves its loop for a
// goroutine with a net.Conn and blocking writes, and comes back when it is idle
// again. One of the two owns a connection at any time; both run the same conn,
// codec and handler.
//
// What a peer can make the server hold is bounded: one chunk, one frame of the
// listener's limit, and the replies to one chunk. A peer that does not read
// costs a parked goroutine and no CPU.
package server
