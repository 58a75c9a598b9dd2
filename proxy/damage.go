package proxy

// Kind of a damage.
type Kind string

// The kinds.
const (
	Flip   Kind = "flip"
	Drop   Kind = "drop"
	Insert Kind = "insert"
	Dup    Kind = "dup"
)

// Event is one damage that was done.
type Event struct {
	Kind   Kind  `json:"kind"`
	Offset int64 `json:"offset"` // of the byte in what came in; of Dup: of the first byte of the range
	Out    int64 `json:"out"`    // of the byte in what goes out; of Drop: of the byte that follows instead; of Dup: of the repetition's first
	Value  byte  `json:"value"`  // of Flip: what differs; of Insert: the byte put in; of Drop: the byte left out
	Length int   `json:"length"` // bytes: 1, of Dup more
}

// damager does the damage of one direction. At one offset the end of a
// repeated range comes first, then an insertion, then the byte itself, which is
// dropped, or flipped, or neither.
//
//	in    0 1 2 3 4 5 6 7      flip=@1,drop=@3,insert=@5,dup=@5,duplen=2
//	out   0 1'2 4 x 5 6 5 6 7
type damager struct {
	kinds  [4]places
	bit    uint64 // key of the bits to flip
	value  uint64 // key of the bytes to insert
	dupLen int
	tail   []byte // the last dupLen bytes that came, if any may be repeated

	off, out int64 // of the next byte
	counts   *counts
	events   []Event
	limit    int // of events
}

// places walks along a Damage.
type places struct {
	Damage
	key  uint64
	i    int64
	next int64
}

func (p *places) advance() { p.i++; p.next = p.place(p.i, p.key) }

func newDamager(s *Spec, conn int64, direction int, c *counts, limit int) *damager {
	d := &damager{counts: c, limit: limit, dupLen: s.dupLen(), bit: keyOf(s.Seed, conn, direction, forBit), value: keyOf(s.Seed, conn, direction, forByte)}
	for i, what := range []Damage{forFlip: s.Flip, forDrop: s.Drop, forInsert: s.Insert, forDup: s.Dup} {
		p := places{Damage: what, key: keyOf(s.Seed, conn, direction, i)}
		p.next = p.place(0, p.key)
		d.kinds[i] = p
	}
	return d
}

// apply appends to dst what bytes from the front of in become, and returns
// how many those are: fewer than all when dst has grown to limit.
func (d *damager) apply(dst, in []byte, limit int) (out []byte, n int) {
	for n < len(in) && len(dst) < limit {
		run := min(d.quiet(), int64(len(in)-n), int64(limit-len(dst)))
		if run == 0 {
			dst = d.hit(dst, in[n])
			n++
			continue
		}
		dst = append(dst, in[n:n+int(run)]...)
		d.out += run
		dst = d.came(dst, in[n:n+int(run)])
		n += int(run)
	}
	return dst, n
}

// quiet returns how many bytes pass before something happens to one.
func (d *damager) quiet() int64 {
	next := min(d.kinds[forFlip].next, d.kinds[forDrop].next, d.kinds[forInsert].next) - d.off
	if dup := &d.kinds[forDup]; dup.next != never {
		next = min(next, max(dup.next+int64(d.dupLen)-d.off, 1))
	}
	return next
}

// hit passes a byte that is damaged.
func (d *damager) hit(dst []byte, b byte) []byte {
	if p := &d.kinds[forInsert]; p.next == d.off {
		v := byte(draw(d.value, uint64(d.off)))
		dst = append(dst, v)
		d.log(&d.counts.inserted, Event{Insert, d.off, d.out, v, 1})
		d.out++
		p.advance()
	}
	flip, drop := &d.kinds[forFlip], &d.kinds[forDrop]
	passed := b
	flipped := flip.next == d.off
	if flipped {
		passed ^= 1 << (draw(d.bit, uint64(d.off)) % 8)
		flip.advance()
	}
	if drop.next == d.off {
		d.log(&d.counts.dropped, Event{Drop, d.off, d.out, b, 1})
		drop.advance()
		return d.came(dst, []byte{b})
	}
	if flipped {
		d.log(&d.counts.flipped, Event{Flip, d.off, d.out, passed ^ b, 1})
	}
	dst = append(dst, passed)
	d.out++
	return d.came(dst, []byte{b})
}

// came takes bytes into account as they came in, which must not reach beyond the
// end of a range that is to be repeated, and repeats a range that they end.
func (d *damager) came(dst, b []byte) []byte {
	d.off += int64(len(b))
	dup := &d.kinds[forDup]
	if !dup.on() {
		return dst
	}
	d.tail = append(d.tail, b[max(len(b)-d.dupLen, 0):]...)
	d.tail = d.tail[max(len(d.tail)-d.dupLen, 0):]
	if dup.next == never || dup.next+int64(d.dupLen) != d.off {
		return dst
	}
	dst = append(dst, d.tail...)
	d.log(&d.counts.duplicated, Event{Dup, dup.next, d.out, 0, len(d.tail)})
	d.out += int64(len(d.tail))
	dup.advance()
	return dst
}

func (d *damager) log(count *counter, e Event) {
	count.Add(int64(e.Length))
	if len(d.events) < d.limit {
		d.events = append(d.events, e)
	}
}
