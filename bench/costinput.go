package bench

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// How long an input is on the wire, unless one frame is longer: little enough to stay in the processor's caches with those of the
// other contenders. Byte by byte, a few frames take as long as many in one piece.
const (
	costWhole   = 16 << 10
	costDribble = 2 << 10
)

// costInput is what one codec encodes and decodes again and again.
type costInput struct {
	codec   codec.Codec
	size    int // of a payload
	frames  int
	content []byte // the payloads one after the other
	wire    []byte
	cut     int // bytes of a chunk
	arena   *arena
	stream  *codec.Stream
	sum     int // keeps the loops from being empty
}

// newCostInput fails if the codec does not carry such payloads.
func newCostInput(c contestant, size int, kind, cut string, seed uint64, a *arena) (*costInput, error) {
	in := &costInput{codec: c.codec, size: size, arena: a}
	room := costWhole
	if cut == cutDribble {
		room = costDribble
	}
	in.frames = max(1, room/size)
	if codec.Once(c.codec) {
		in.frames = 1
	}
	switch kind {
	case payloadText:
		in.content = textOf(in.frames * size)
	case payloadRandom:
		in.content = randomOf(seed, uint64(size), in.frames*size)
	case payloadWorst:
		in.content = bytes.Repeat(slowest(c.codec, size), in.frames)
	default:
		return nil, fmt.Errorf("no payload of kind %q", kind)
	}
	for i := range in.frames {
		var err error
		if in.wire, err = c.codec.Append(in.wire, in.content[i*size:(i+1)*size:(i+1)*size]); err != nil {
			return nil, fmt.Errorf("cannot carry this payload: %w", err)
		}
	}
	in.cut = len(in.wire)
	if cut == cutDribble {
		in.cut = 1
	}
	a.hold(len(in.wire) + c.codec.Bound(size))
	in.renew()
	return in, nil
}

// renew begins a new stream, with memory of its own that lies elsewhere.
func (in *costInput) renew() { in.stream = codec.NewStream(in.codec) }

// moved returns the same input with a codec and a stream that lie elsewhere, as it does itself. (Not a codec that is but a handle, of
// which a process has one: u8 to u64, uvarint, netstring and line of Parse.) What arena says of buffers is true of them too: of two that were the same, one was up to 20 % behind in all rounds of one comparison in 50 to 400.
func (in *costInput) moved() *costInput {
	c := *in
	box := reflect.New(reflect.TypeOf(in.codec)).Elem()
	box.Set(reflect.ValueOf(in.codec))
	c.codec = box.Interface().(codec.Codec)
	c.renew()
	return &c
}

// place puts what the loops read where all contenders have it.
func (in *costInput) place() {
	copy(in.arena.content, in.content)
	copy(in.arena.wire, in.wire)
}

// encode makes the wire so many times.
func (in *costInput) encode(passes int) {
	content, size := in.arena.content, in.size
	for range passes {
		dst := in.arena.encoded[:0]
		for i := 0; i < in.frames*size; i += size {
			dst, _ = in.codec.Append(dst, content[i:i+size:i+size])
		}
		in.sum += len(dst)
	}
}

// decode takes the wire so many times. It is one endless stream, but where a message is one.
func (in *costInput) decode(passes int) {
	wire := in.arena.wire[:len(in.wire)]
	for range passes {
		if codec.Once(in.codec) {
			in.renew()
		}
		for pos := 0; pos < len(wire); pos += in.cut {
			end := min(pos+in.cut, len(wire))
			for frame := range in.stream.Feed(wire[pos:end:end]) {
				in.sum += len(frame)
			}
		}
		if codec.Once(in.codec) {
			frame, _ := in.stream.Close()
			in.sum += len(frame)
		}
	}
}

// check encodes once and decodes once, and compares. A framing that does not tell where a frame ends must deliver as many bytes.
func (in *costInput) check() error {
	in.place()
	in.encode(1)
	if !bytes.Equal(in.arena.encoded[:len(in.wire)], in.wire) {
		return fmt.Errorf("encoded twice, it is not the same")
	}
	var got []byte
	frames, exact := 0, codec.Delimits(in.codec)
	take := func(frame []byte, err error) error {
		if got = append(got, frame...); exact && frame != nil && len(frame) != in.size {
			return fmt.Errorf("frame %d is %d bytes, sent %d", frames, len(frame), in.size)
		}
		frames++
		return err
	}
	s := codec.NewStream(in.codec)
	for pos := 0; pos < len(in.wire); pos += in.cut {
		for frame, err := range s.Feed(in.wire[pos:min(pos+in.cut, len(in.wire))]) {
			if err := take(frame, err); err != nil {
				return err
			}
		}
	}
	if codec.Once(in.codec) {
		if err := take(s.Close()); err != nil {
			return err
		}
	}
	if !bytes.Equal(got, in.content) || exact && frames != in.frames {
		return fmt.Errorf("%d frames of %d bytes in all, which are not those that were sent: %d of %d", frames, len(got), in.frames, len(in.content))
	}
	return nil
}

// measureCounts fills in what has no noise: effort and allocations. The first pass, in which buffers grow, is over.
func (in *costInput) measureCounts(row *report.CodecCost) {
	per := func(n int64) *float64 { return new(float64(n) / float64(len(in.wire))) }
	scanned, copied, _, ok := codec.Effort(in.stream)
	if codec.Once(in.codec) {
		scanned, copied = 0, 0 // each pass has a stream of its own
	}
	in.decode(1)
	if s, c, _, _ := codec.Effort(in.stream); ok {
		row.Scanned, row.Copied = per(s-scanned), per(c-copied)
	}
	row.DecodeAllocs = new(in.allocs(in.decode))
	if in.cut > 1 {
		row.EncodeAllocs = new(in.allocs(in.encode))
	}
}

// allocs returns the allocations a frame of some passes: the fewest of three tries, since the rest of the program allocates too. A
// fraction of one over all the passes is a buffer that the collector took, and not the frames'.
func (in *costInput) allocs(run func(passes int)) float64 {
	const passes = 4
	fewest := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		run(passes)
		runtime.ReadMemStats(&after)
		fewest = min(fewest, after.Mallocs-before.Mallocs)
	}
	return float64(fewest) / float64(passes*in.frames)
}
