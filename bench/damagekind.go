package bench

import (
	"math/rand/v2"
	"slices"
)

// The kinds of damage. Each is one event at byte p of a stream.
const (
	damageFlip      = "flip"      // one bit of byte p is inverted
	damageDrop      = "drop"      // byte p is gone
	damageInsert    = "insert"    // a byte of any value stands before byte p
	damageTruncate  = "truncate"  // byte p and all that follow are gone
	damageDuplicate = "duplicate" // byte p stands there twice
)

var damageKinds = []string{damageFlip, damageDrop, damageInsert, damageTruncate, damageDuplicate}

// The places of damage: where byte p of the undamaged stream lies.
const (
	placeAny       = "any"       // each byte of the stream is as likely
	placeHead      = "head"      // in the framing bytes before a payload, each as likely
	placePayload   = "payload"   // in a payload, as it stands on the wire
	placeDelimiter = "delimiter" // in the framing bytes behind a payload: delimiter, trailer, checksum
	placeBoundary  = "boundary"  // of a truncation: the first byte of a frame, so that whole frames are left
)

var damagePlaces = []string{placeAny, placeHead, placePayload, placeDelimiter}

// damage is one thing that is wrong with a stream.
type damage struct {
	kind  string
	at    int // p, which is also where the damaged stream is different for the first time, or ends
	frame int // which p lies in; damageFrames behind the last
	shift int // by how much later what follows comes
}

// pick chooses p. It is false if no frame of the stream has such a place. A truncation before the first byte of a frame is one on the
// boundary, so it is in no head and, where there is no head, in no payload.
func (st *damageStream) pick(r *rand.Rand, kind, place string) (d damage, ok bool) {
	d.kind = kind
	switch kind {
	case damageDrop:
		d.shift = -1
	case damageInsert, damageDuplicate:
		d.shift = 1
	}
	if place == placeAny {
		d.at = r.IntN(len(st.wire))
		frame, found := slices.BinarySearch(st.starts, d.at)
		if d.frame = frame; !found {
			d.frame = frame - 1
		}
		d.frame = min(d.frame, damageFrames)
		return d, true
	}
	spans := 0
	for i := range damageFrames {
		_, n := st.span(i, kind, place)
		spans += n
	}
	if spans == 0 {
		return d, false
	}
	nth := r.IntN(spans)
	for i := range damageFrames {
		from, n := st.span(i, kind, place)
		if nth < n {
			d.at, d.frame = from+nth, i
			return d, true
		}
		nth -= n
	}
	panic("unreachable: the spans were counted")
}

// span is where the place lies in frame i, and how many bytes it has there.
func (st *damageStream) span(i int, kind, place string) (from, n int) {
	e := st.spots[i]
	from = st.starts[i]
	switch place {
	case placeHead:
		n = e.head
	case placePayload:
		from, n = from+e.head, e.payload
	case placeDelimiter:
		from, n = from+e.head+e.payload, e.tail
	case placeBoundary:
		return from, 1
	}
	if kind == damageTruncate && from == st.starts[i] && n > 0 {
		from, n = from+1, n-1
	}
	return from, n
}

// apply returns the damaged stream in the memory of dst.
func (d damage) apply(dst, wire []byte, r *rand.Rand) []byte {
	dst = append(dst[:0], wire[:d.at]...)
	switch d.kind {
	case damageFlip:
		dst = append(dst, wire[d.at]^1<<r.IntN(8))
	case damageDrop, damageTruncate:
	case damageInsert:
		dst = append(dst, byte(r.Uint32()), wire[d.at])
	case damageDuplicate:
		dst = append(dst, wire[d.at], wire[d.at])
	}
	if d.kind == damageTruncate {
		return dst
	}
	return append(dst, wire[d.at+1:]...)
}
