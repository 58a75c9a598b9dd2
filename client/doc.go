// Package client makes load: it dials, asks, verifies and counts.
//
// Each connection is a goroutine with its own counters and its own histogram,
// so nothing is shared on the way of a message. Time is taken once a read and
// once a write, not once a message.
package client
