// Package datagram is what Loadframe's own client and server say to each other
// over UDP: a header that makes loss, order, duplication and one-way delay of
// every datagram countable, the requests, and the count itself.
//
//	client  File run=7 total=1000000 (no token)      ->
//	        <- Token run=7: prove that this is your address
//	client  File run=7 total=1000000 token           ->
//	        <- Accepted run=7 sequence=977 total=1000000
//	        <- Data run=7 sequence=0 offset=0 ...
//	        <- Data run=7 sequence=976 offset=999424 ...
//	        <- End run=7 sequence=977
//
// A peer that the server trusts (on loopback at least) is accepted at once.
package datagram

import (
	"encoding/binary"
	"fmt"
)

const (
	// HeaderLen is the length of a header in bytes.
	HeaderLen = 48

	// MaxPayload is the most that one datagram can carry behind a header: over
	// IPv4 it has at most 65507 bytes.
	MaxPayload = 65507 - HeaderLen

	version = 1
)

// Kind says what a datagram is for.
type Kind uint8

const (
	// Requests of a client. The payload of the first four is a [Request].
	File   Kind = 1 // send Total bytes of generated content
	Stream Kind = 2 // send Sequence datagrams, one an interval
	Sink   Kind = 3 // count the Data that will come with this run
	Stats  Kind = 4 // answered with Stats and the server's counters as JSON

	Echo   Kind = 5 // is returned as it came, the header too
	Report Kind = 6 // answered with Report and a Receipt of what came for this run; when its Offset grows the delays begin anew
	Stop   Kind = 7 // ends the run; no answer

	// Data is one piece of a run, in either direction.
	Data Kind = 8

	// Answers of a server.
	Token    Kind = 9  // the payload is a token: ask again with it
	Accepted Kind = 10 // Sequence datagrams with Total bytes will come
	Refused  Kind = 11 // the payload is the reason
	End      Kind = 12 // Sequence datagrams were sent
)

// Header begins every datagram. All integers are big endian:
//
//	0    3         4      5          8     16         24       32      40        48
//	+----+---------+------+----------+-----+----------+--------+-------+---------+
//	| LF | version | kind | reserved | run | sequence | offset | total | sent    |
//	| \0 |    1    |  u8  |  3 x 0   | u64 |   u64    |  u64   |  u64  | ns, i64 |
//	+----+---------+------+----------+-----+----------+--------+-------+---------+
//
// The third byte is 0, so that no text begins like a header. The rest of the
// datagram is the payload.
type Header struct {
	Kind     Kind
	Run      uint64 // chosen by the client, unique among the runs of its address
	Sequence uint64 // of this datagram within the run, from 0; in requests and answers: how many
	Offset   uint64 // of the payload's first byte within the run
	Total    uint64 // payload bytes of the whole run
	Sent     int64  // when the sender passed it to the system: nanoseconds since 1970, by its own clock
}

// Is tells whether a datagram begins as one with a header of any version does.
func Is(b []byte) bool { return len(b) >= 3 && b[0] == 'L' && b[1] == 'F' && b[2] == 0 }

// Append appends the header.
func (h Header) Append(dst []byte) []byte {
	dst = append(dst, 'L', 'F', 0, version, byte(h.Kind), 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, h.Run)
	dst = binary.BigEndian.AppendUint64(dst, h.Sequence)
	dst = binary.BigEndian.AppendUint64(dst, h.Offset)
	dst = binary.BigEndian.AppendUint64(dst, h.Total)
	return binary.BigEndian.AppendUint64(dst, uint64(h.Sent))
}

// Parse returns a datagram's header and its payload, which aliases b.
func Parse(b []byte) (h Header, payload []byte, err error) {
	switch {
	case !Is(b):
		return h, nil, fmt.Errorf("datagram: no header: begins with % x", b[:min(len(b), 3)])
	case len(b) < HeaderLen:
		return h, nil, fmt.Errorf("datagram: header cut off: %d of %d bytes", len(b), HeaderLen)
	case b[3] != version:
		return h, nil, fmt.Errorf("datagram: version %d is not spoken here, only %d", b[3], version)
	case b[5]|b[6]|b[7] != 0:
		return h, nil, fmt.Errorf("datagram: reserved bytes are % x, want 0", b[5:8])
	}
	return Header{
		Kind:     Kind(b[4]),
		Run:      binary.BigEndian.Uint64(b[8:]),
		Sequence: binary.BigEndian.Uint64(b[16:]),
		Offset:   binary.BigEndian.Uint64(b[24:]),
		Total:    binary.BigEndian.Uint64(b[32:]),
		Sent:     int64(binary.BigEndian.Uint64(b[40:])),
	}, b[HeaderLen:], nil
}
