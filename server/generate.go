package server

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// DefaultFrame is the payload of the frames that a generated file is cut into
// when the session does not say, in bytes.
const DefaultFrame = 256 << 10

// generate answers each frame, a decimal number N, with N bytes of content in
// frames of a fixed size, the last one shorter; N = 0 is answered with one
// empty frame, so that every request has an answer. The content goes on over
// the requests of a connection: the first byte of the second file follows the
// last byte of the first. Parameters of the preface are those of takeContent and
//
//	frame=BYTES   payload of a frame (DefaultFrame, or the framing's limit if that is lower)
type generate struct {
	content pattern.Content
	frame   int
	limit   int64
	next    int64 // offset in content of the next file
}

func newGenerate(l Limits, p *params) (Handler, error) {
	content, err := p.takeContent()
	if err != nil {
		return nil, err
	}
	frame, err := p.takeUint("frame", 0, 1<<30)
	if err != nil {
		return nil, err
	}
	return &generate{content: content, frame: int(frame), limit: l.MaxTransfer}, nil
}

func (g *generate) Serve(r *Reply, frame []byte) error {
	word := bytes.TrimSpace(frame)
	n, err := strconv.ParseInt(string(word[:min(len(word), 32)]), 10, 64)
	switch {
	case err != nil || n < 0 || len(word) > 32:
		return fmt.Errorf("generate: %.32q is not a number of bytes", word)
	case n > g.limit:
		r.count(refusedTransfer)
		return fmt.Errorf("generate: file too long: %d bytes, limit %d", n, g.limit)
	case n > 1<<62-g.next: // offsets stay within int64
		return fmt.Errorf("generate: %d bytes on top of %d are more than one connection can address", n, g.next)
	}
	from := g.next
	g.next += n
	if n == 0 && codec.Delimits(r.Codec()) {
		return r.Frame(nil)
	}
	return r.file(g.content, from, n, g.frame)
}
