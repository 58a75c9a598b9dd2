// Package report holds the result of a run and everything that shows it: the JSON document of schema loadframe.result/1, the
// summary and the interval lines for people, and the progress display on a terminal.
//
// The model follows one rule: what a workload does not measure is absent (a nil pointer, a missing key), and what it measured
// as zero is present. A reader can therefore tell "no byte was lost" from "nobody looked".
//
// Units stand in the key names: _s is seconds, _ns nanoseconds, _bytes bytes; counts have none. Payload and wire bytes are
// those of one direction, counted where they arrive: pull, echo and stamp count what the client received, push and ack what
// the server received or acknowledged. Warm-up is not in them. Framing overhead is then wire over payload.
//
// Nothing in this package is safe for concurrent use, except the methods of [Progress].
package report
