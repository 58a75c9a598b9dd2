package bench

import (
	"bytes"
	"fmt"
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
	codec    codec.Codec
	payloads [][]byte
	wire     []byte
	cut      int // bytes of a chunk
	stream   *codec.Stream
	dst      []byte
	sum      int // keeps the loops from being empty
}

// newCostInput fails if the codec does not carry such payloads.
func newCostInput(c contestant, size int, kind, cut string, seed uint64) (*costInput, error) {
	in := &costInput{codec: c.codec, stream: codec.NewStream(c.codec)}
	room := costWhole
	if cut == cutDribble {
		room = costDribble
	}
	n := max(1, room/size)
	if codec.Once(c.codec) {
		n = 1
	}
	var content []byte
	switch kind {
	case payloadText:
		content = textOf(n * size)
	case payloadRandom:
		content = randomOf(seed, uint64(size), n*size)
	case payloadWorst:
		content = bytes.Repeat(slowest(c.codec, size), n)
	default:
		return nil, fmt.Errorf("no payload of kind %q", kind)
	}
	for i := range n {
		payload := content[i*size : (i+1)*size : (i+1)*size]
		var err error
		if in.wire, err = c.codec.Append(in.wire, payload); err != nil {
			return nil, fmt.Errorf("cannot carry this payload: %w", err)
		}
		in.payloads = append(in.payloads, payload)
	}
	in.cut = len(in.wire)
	if cut == cutDribble {
		in.cut = 1
	}
	in.dst = make([]byte, 0, len(in.wire)+c.codec.Bound(size))
	return in, nil
}

// encode makes the wire so many times.
func (in *costInput) encode(passes int) {
	for range passes {
		in.dst = in.dst[:0]
		for _, p := range in.payloads {
			in.dst, _ = in.codec.Append(in.dst, p)
		}
	}
}

// decode takes the wire so many times. It is one endless stream, but where a message is one.
func (in *costInput) decode(passes int) {
	for range passes {
		if codec.Once(in.codec) {
			in.stream = codec.NewStream(in.codec)
		}
		for pos := 0; pos < len(in.wire); pos += in.cut {
			end := min(pos+in.cut, len(in.wire))
			for frame := range in.stream.Feed(in.wire[pos:end:end]) {
				in.sum += len(frame)
			}
		}
		if codec.Once(in.codec) {
			frame, _ := in.stream.Close()
			in.sum += len(frame)
		}
	}
}

// check decodes once, and encodes once, and compares. A framing that does not tell where a frame ends must deliver as many bytes.
func (in *costInput) check() (err error) {
	in.encode(1)
	if !bytes.Equal(in.dst, in.wire) {
		return fmt.Errorf("encoded twice, it is not the same")
	}
	frames, size := 0, 0
	exact := codec.Delimits(in.codec)
	take := func(frame []byte, ferr error) {
		switch {
		case err != nil:
		case ferr != nil:
			err = ferr
		case exact && (frames >= len(in.payloads) || !bytes.Equal(frame, in.payloads[frames])):
			err = fmt.Errorf("frame %d is not what was sent", frames)
		}
		frames++
		size += len(frame)
	}
	s := codec.NewStream(in.codec)
	for pos := 0; pos < len(in.wire); pos += in.cut {
		end := min(pos+in.cut, len(in.wire))
		for frame, err := range s.Feed(in.wire[pos:end:end]) {
			take(frame, err)
		}
	}
	if codec.Once(in.codec) {
		take(s.Close())
	}
	want := len(in.payloads) * len(in.payloads[0])
	if err == nil && (exact && frames != len(in.payloads) || size != want) {
		err = fmt.Errorf("%d frames of %d bytes, sent %d of %d", frames, size, len(in.payloads), want)
	}
	return err
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
	return float64(fewest) / float64(passes*len(in.payloads))
}
