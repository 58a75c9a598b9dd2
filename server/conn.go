package server

import (
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/loadframe/loadframe/codec"
)

type phase uint8

const (
	opening   phase = iota // the first bytes decide between preface and text
	serving                // frames go to the handler
	lingering              // all is said and our direction shut down; input is thrown away until the peer closes
)

// hotLines is how many lines of a conn every event touches.
const hotLines = 5

// conn is one connection, whoever owns it: its event loop or its lane. It
// takes chunks and gathers replies, and does no I/O itself. Only the owner may
// touch it.
//
// With many connections each event finds it in no cache, so what every event
// touches stands together at the beginning, in whole lines of 64 bytes: at 1,000
// connections an event waited for a dozen of them, half of what it cost us. The
// first line begins with the 8 bytes that the allocator puts before an object of
// more than 512 that has pointers. An event asks for all of them at its beginning.
type conn struct {
	phase   phase
	ended   bool   // the peer has shut its direction down, and all of it is served
	refused bool   // closing because of an error: there may be unread input
	handed  bool   // on the way from the loop to the lane
	once    bool   // close after the first reply
	waits   bool   // lastData is set
	looks   uint8  // for idleness, since the last byte
	met     uint32 // the last of its loop's turns that it had

	handler Handler // nil until the first frame, or the preface that names it
	codec   codec.Codec
	local   *loopLocal // of the loop that owns the connection; nil on the lane
	lis     *listener
	traffic *traffic // where the owner counts
	// 64 bytes so far, with the allocator's

	pending             // not yet added to traffic
	log        *connLog // nil: the connection is not logged
	prefaceOut int      // bytes of the answer to the preface that are not written
	wireIn     int64    // bytes that came, behind the preface if there is one
	weighed    int64    // bytes that are counted in the server's held
	rates      *[]*rate // that it has to keep to: its own, its address's; nil: none
	r          Reply    // what is owed to the peer; empty between events on the loop
	// 248 so far

	stream codec.Stream // of which 64 more

	session  session
	peer     net.Addr
	held     []byte       // while opening: what came so far
	lastData time.Time    // when the patience began that the next wake-up is for
	wakeAt   time.Time    // when the earliest timer will wake the loop; zero: none will
	opens    atomic.Int32 // how often it arrived on a loop
	place    int          // in the loop's list
	from     *peer        // counted, if connections are counted by address
	scratch  [16]byte     // of receipts and short answers
}

func newConn(l *listener) *conn {
	c := &conn{lis: l, codec: l.codec, stream: *codec.NewStream(l.codec), phase: serving, session: l.session}
	if l.auto {
		c.phase, c.session = opening, unopened
	}
	if l.srv.limits.MaxRate > 0 {
		c.keepTo(newRate(l.srv.limits.MaxRate, &l.srv.stats.RateWaits))
	}
	c.r.conn = c
	return c
}

// take serves a chunk until it is used up or r is full; more tells the latter:
// write r, then call again with no chunk. What is left of the chunk is kept in
// the stream meanwhile.
func (c *conn) take(chunk []byte) (more bool) {
	more = c.serveAll(chunk)
	if c.weighs(len(chunk)) {
		c.weigh()
	}
	return more
}

func (c *conn) serveAll(chunk []byte) (full bool) {
	r := &c.r
	if c.phase == opening {
		if chunk = c.open(chunk); c.phase == opening {
			return false
		}
		if r.closing { // what follows is not looked at
			return true
		}
	}
	for frame, err := range c.stream.Feed(chunk) {
		if err == nil {
			err = c.serve(frame)
		} else {
			c.badFrame(err)
			c.lis.srv.refusals[refusedFrame].Add(1)
			if c.stream.Err() == nil {
				continue // that frame was skipped, the stream goes on
			}
		}
		if err != nil {
			c.refuse(err)
		}
		if r.full() {
			return true
		}
	}
	return false
}

func (c *conn) serve(frame []byte) (err error) {
	if err := c.start(); err != nil || c.r.closing {
		return err
	}
	c.framesIn++
	c.payloadIn += int64(len(frame))
	if c.log != nil {
		c.log.request(c, frame)
	}
	c.r.frame = frame
	before := c.framesOut
	err = c.handler.Serve(&c.r, frame)
	c.r.frame = nil
	if err != nil {
		c.lis.srv.faults.handler.Add(1)
	}
	if c.once && (c.framesOut > before || c.r.body != nil || c.r.later != nil) {
		c.r.Close()
	}
	if c.r.body == nil {
		c.r.pause = 0
	}
	return err
}

func (c *conn) badFrame(err error) {
	c.lis.srv.stats.BadFrames.Add(1)
	c.lis.srv.faults.frame(err)
}

// refuse answers with the error, in the framing agreed, and closes.
func (c *conn) refuse(err error) {
	text := "ERR " + err.Error()
	if !codec.Delimits(c.codec) {
		text += "\n" // for people; the refusal is the last thing they read
	}
	c.because(err.Error())
	// A framing may be unable to carry the text, as one of great frames of one
	// size; then closing has to say it.
	_ = c.r.frames([]byte(text))
	c.r.closing, c.refused = true, true
	c.lis.srv.log.Debug("refused", "error", err, "framing", c.codec)
}

// guard makes a panic, of a handler or of ours, cost one connection. It is
// deferred by the owner, which closes the connection if it returns true.
func (c *conn) guard(p any) bool {
	if p == nil {
		return false
	}
	c.lis.srv.stats.Panics.Add(1)
	c.because("panic")
	c.lis.srv.log.Error("panic; its connection is closed", "panic", p, "handler", fmt.Sprintf("%T", c.handler), "stack", string(debug.Stack()))
	return true
}

// finish serves what the end of the peer's direction has completed. Frames
// that take left behind must be served before.
func (c *conn) finish() {
	c.noPreface(refusedPreface)
	frame, err := c.stream.Close()
	if err != nil {
		c.lis.srv.stats.Truncated.Add(1)
	}
	c.last(frame)
	if !c.r.closing {
		c.end()
	}
	c.ended, c.r.closing = true, true
	c.r.sayEnd()
}

// last serves a frame that silence or the end of the stream has completed.
func (c *conn) last(frame []byte) {
	if frame == nil || c.r.closing {
		return
	}
	if err := c.serve(frame); err != nil {
		c.refuse(err)
	}
}
