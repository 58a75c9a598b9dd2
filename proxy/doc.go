// Package proxy passes TCP connections on and impairs them on the way: it
// delays, paces, slices, damages, stalls, cuts and resets, each direction as its
// [Spec] says.
//
//	client ──up──▶ proxy ──up──▶ target        of one direction:
//	client ◀─down─ proxy ◀─down─ target        read ▸ queue, delay ▸ stall, cut, reset ▸ damage ▸ slice, gap, rate ▸ write
//
// What is done to the bytes is a function of the seed, the connection's number,
// the direction and the byte's offset, and of nothing else: not of time, and not
// of how the network cut the stream. The same bytes are damaged in the same way
// by every run. Connections are numbered from 0 in the order in which they are
// accepted.
//
// An offset counts the bytes of a direction as they came in, before any damage.
//
// Half-closes and resets of either peer are passed on. A connection holds at most
// the buffer of each impaired direction, so a slow reader slows the writer, and
// no connection waits for another. A direction without impairments is left to the
// kernel where the system can do that (splice).
package proxy
