// Package client makes load: it dials, asks, verifies and counts.
//
// Each connection is a goroutine with counters of its own. Latencies wait with it
// until there are enough to enter them into the histogram that all share, so
// nothing is shared on the way of a message. Time is taken once a read and once a
// write, not once a message.
//
// On Linux, 128 and more connections of echo, ack and stamp in a closed loop are
// driven by event loops, one a processor; their goroutines wait until something
// else than a reply happens.
package client
