package codec

import (
	"io"
	"iter"
)

// Stream turns chunks, cut anywhere, into frames: one direction of one connection. It does no I/O and never waits. One goroutine at
// a time may use it. A Stream that holds no partial frame costs a few hundred bytes.
//
//	chunks   | 00 00 | 00 02 h | i 00 00 00 01 ! 00 |
//	frames                     | h i |           ! |    carry: 00
//
// A frame may alias the chunk or the stream. It holds until the loop asks for the next one, and the last frame of a call until the
// next call of Feed, Flush or Close; the chunk must not be changed or reused for as long.
//
// It begins with what a chunk of whole frames needs, 64 bytes.
type Stream struct {
	dec   Decoder
	fast  bool // dec is one that walk knows
	done  bool
	carry carry
	need  Needer // dec, if it is one
	codec Codec
	err   error // what killed the stream
}

// NewStream returns a Stream at the start of a connection.
func NewStream(c Codec) *Stream {
	s := &Stream{dec: c.NewDecoder(), codec: c}
	s.need, _ = s.dec.(Needer)
	s.fast = walker(s.dec)
	return s
}

// Decoder returns the decoder, whose memory the next chunk will touch: who has many streams may want to ask for it before.
func (s *Stream) Decoder() Decoder { return s.dec }

// Feed takes one chunk and yields the frames that are complete now, in order, and the errors between them: one for each bad frame.
// An error that the stream survives (toolong=discard) is followed by more; after any other the stream is dead, Err says so, and
// Feed yields nothing more.
//
// The loop may be left at any time: the rest of the chunk is kept and comes with the next call, be it Feed(nil). Whoever leaves
// loops should drain with Feed(nil) before reading more, or the rests add up. The last pass of the loop may call Close, and nothing else of s.
//
//	for frame, err := range s.Feed(chunk) { ... }
func (s *Stream) Feed(chunk []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { s.feed(chunk, yield) }
}

// feed first finishes what the carry began, then goes on in the chunk in place.
func (s *Stream) feed(chunk []byte, yield func([]byte, error) bool) {
	if s.done {
		return
	}
	pinned := false // the frame delivered last in this call lies in the carry
	if len(s.carry.buf) > 0 {
		var more bool
		if chunk, pinned, more = s.feedCarry(chunk, yield); !more {
			s.save(chunk, pinned)
			return
		}
	}
	for len(chunk) > 0 {
		if s.fast {
			before := len(chunk)
			var more bool
			chunk, more = walk(s.dec, chunk, yield)
			pinned = pinned && len(chunk) == before
			if !more || len(chunk) == 0 {
				break
			}
		}
		n, frame, err := s.dec.Decode(chunk)
		if n == 0 {
			if err != nil {
				s.die(err)
				yield(nil, err)
				return
			}
			break
		}
		chunk = chunk[n:]
		if frame == nil && err == nil {
			continue
		}
		pinned = false
		if !yield(frame, err) {
			break
		}
	}
	s.save(chunk, pinned)
}

// save keeps the rest of a chunk when a call ends.
func (s *Stream) save(rest []byte, pinned bool) {
	if s.done {
		return
	}
	if len(s.carry.held()) == 0 && (!pinned || len(rest) == 0) {
		s.carry.clear()
	}
	if len(rest) > 0 {
		s.carry.add(rest, s.needed(), pinned)
	}
}

// feedCarry decodes what is held, with as much of the chunk behind it as that takes, until nothing is held. It returns the rest of
// the chunk, and false for more when the call has come to its end.
func (s *Stream) feedCarry(chunk []byte, yield func([]byte, error) bool) (rest []byte, pinned, more bool) {
	c := &s.carry
	pos := 0  // chunk[:pos] was appended to the carry, or is done with
	lent := 0 // of these, bytes at the end of the carry: they can be given back
	for len(c.held()) > 0 {
		held := c.held()
		n, frame, err := s.dec.Decode(held)
		if n == 0 {
			if err != nil {
				s.die(err)
				yield(nil, err)
				return nil, pinned, false
			}
			if pos == len(chunk) {
				return nil, pinned, false
			}
			k := min(s.missing(len(held)), len(chunk)-pos)
			c.add(chunk[pos:pos+k], s.needed(), pinned)
			pos += k
			lent += k
			continue
		}
		c.at += n
		if over := len(c.held()); over > 0 && over <= lent {
			// The frame ended inside the lent bytes. What follows it is decoded in the chunk, in place.
			c.buf = c.buf[:c.at]
			pos -= over
			lent = 0
		}
		if frame == nil && err == nil {
			continue
		}
		pinned = true
		if !yield(frame, err) {
			return chunk[pos:], pinned, false
		}
	}
	return chunk[pos:], pinned, true
}

// needed is the decoder's Need, 0 if unknown.
func (s *Stream) needed() int {
	if s.need == nil {
		return 0
	}
	return s.need.Need()
}

// missing is how many bytes to append to a carry of so many before the next try: what the decoder waits for, or as much again, so
// that a frame of n bytes takes log n tries and what was appended in vain is little.
func (s *Stream) missing(held int) int {
	if need := s.needed(); need > held {
		return need - held
	}
	return max(carryFirst, held)
}

func (s *Stream) die(err error) {
	s.err, s.done = err, true
	s.carry.clear()
}

// Flush is called when the peer has been silent for the codec's Quiet: it returns what is held, as a frame, or nil if nothing is or
// if silence means nothing in this framing. Drain with Feed(nil) first if a loop was left early.
func (s *Stream) Flush() []byte {
	if _, ok := s.codec.(Quieter); !ok || s.done {
		return nil
	}
	frame, _ := s.end()
	s.carry.clear()
	return frame
}

// Close ends the stream. It returns the last frame where the end of the stream ends a frame, io.ErrUnexpectedEOF inside a frame, and
// nil and nil on a boundary or when the stream died before. Drain with Feed(nil) first if a loop was left early. A closed stream
// yields nothing.
func (s *Stream) Close() (last []byte, err error) {
	if s.done {
		return nil, nil
	}
	last, err = s.end()
	s.carry = carry{}
	s.done = true
	return last, err
}

// end tells the decoder that nothing follows what is held.
func (s *Stream) end() ([]byte, error) {
	return flush(s.dec, s.carry.held())
}

// flush is Flusher.Flush with the rule for decoders that have none.
func flush(d Decoder, buf []byte) ([]byte, error) {
	if f, ok := d.(Flusher); ok {
		return f.Flush(buf)
	}
	if len(buf) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return nil, nil
}

// Err returns the error that killed the stream, nil while it lives.
func (s *Stream) Err() error { return s.err }

// Buffered returns how many bytes are held: a partial frame, and what a loop that was left early has not seen.
func (s *Stream) Buffered() int { return len(s.carry.held()) + heldBy(s.dec) }

// heldBy is how many bytes of a partial frame a decoder has in memory of its own, which those that unstuff do.
func heldBy(d Decoder) int {
	if h, ok := d.(interface{ held() int }); ok {
		return h.held()
	}
	return 0
}
