// Package namespace lets a test have a network, or file systems, of its own: what
// it does to them nobody else on the machine sees. Tests alone import it, and those
// for Linux alone: it is empty elsewhere.
package namespace
