// Package nowait reads and writes sockets that never make the caller wait, and
// does not tell Go's scheduler about it.
//
// Around a usual system call Go notes that the thread may be away for long. If the
// kernel takes the CPU from the thread meanwhile, Go may give the thread's
// processor (a P) to another thread, which it wakes for that and which finds
// nothing to do. The first then waits for a processor, or its goroutine goes on on
// the other thread, with a cold cache. A call on a socket that is non-blocking is
// over in microseconds: there is nothing to be gained by that. At 1,000 connections
// on two CPUs, 64 bytes there and back, p99 is 10 % less, the client's CPU time 4
// to 5 % and the server's 2 % (bench/results/echo-thousand.txt).
//
// The price is that a collection of garbage that begins meanwhile waits those
// microseconds. So it is for descriptors in non-blocking mode alone: with another
// the whole program may stand still.
package nowait
