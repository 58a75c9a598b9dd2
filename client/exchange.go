package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// windowLimit is how many bytes may be in flight on a connection that is
// written and read by one goroutine. Both ends' socket buffers hold so much for
// sure; beyond it the two could wait for each other to read.
const windowLimit = 64 << 10

// unread is what a turn has read that has read nothing.
const unread = -1

// exchanger is the state of one connection's requests and replies.
//
// In a closed loop with few bytes in flight one goroutine writes and reads in
// turn, or a loop does it for many. Otherwise a second one writes, when its gate
// lets it: see sender.go.
type exchanger struct {
	*worker
	stream  *codec.Stream // nil where the framing does not delimit: replies are told apart by their size
	replies int64         // complete ones
	bytes   int64         // of their messages
	sent    atomic.Int64  // messages
	done    atomic.Int64  // messages whose reply is recorded
	cutter  *cutter       // of what is written; nil: whole
	fd      int           // while a loop has it

	flight flight  // guarded by the worker's lock, if one goroutine writes and another reads
	stamps []int64 // of stamp: the server's times of the replies since the last read

	sender
	first    [1]stamp    // of flight, unless there are more
	partial  int         // bytes of the present reply; without stream
	hexed    bool        // receipts are hex
	finished atomic.Bool // nothing more will be sent

	in      []byte // chunk
	scratch []byte // a message that does not lie together in the content
	turn    *turn  // nil where it cannot be taken
	upWire  upWire // of ack; guarded like flight
}

// newExchanger prepares a connection of echo or ack.
func newExchanger(w *worker) *exchanger {
	c := w.cfg
	x := &exchanger{worker: w, sender: newSender(w)}
	x.flight.ring = x.first[:]
	x.cutter, _ = parseCuts(c.Cuts, c.seed(w.id)) // Resolve has refused what it cannot be
	x.hexed = c.Workload == Ack && !c.Plain && c.fussy
	if codec.Delimits(w.codec) {
		x.stream = codec.NewStream(w.codec)
	}
	w.up = c.Workload == Ack // what is acknowledged goes up
	if !x.joinLoop() && c.turns(w.codec) {
		x.turn = newTurn(w.session.nc)
	}
	if x.turn != nil {
		w.nudge = x.turn.nudge
		x.turn.soon = x.touched()
	}
	if w.record == nil { // all by itself
		w.record, x.in = &recorder{page: w.page}, make([]byte, c.readSize(w.codec))
	}
	w.sent = x.sent.Load
	w.owed = func() bool {
		return x.sent.Load() > x.done.Load() || w.gate != nil && w.gate.due.Load() > x.sent.Load()
	}
	return x
}

// exchangerLines and workerLines are how many lines of 64 bytes each reply touches,
// from the beginning.
const (
	exchangerLines = 4
	workerLines    = 4 // with the 8 bytes that the allocator puts before it
)

// touched are the lines that each reply touches, but for those that change their
// place.
func (x *exchanger) touched() [4]lines {
	all := [4]lines{{unsafe.Pointer(x), exchangerLines}, {unsafe.Pointer(x.worker), workerLines}, {unsafe.Pointer(x.record), 1}}
	if x.stream != nil {
		all[3] = lines{unsafe.Pointer(x.stream), 1}
	}
	return all
}

func openAck(c *Config, _ int) opening {
	if c.fussy {
		return opening{params: []preface.Param{{Key: "receipt", Value: "hex"}}}
	}
	return opening{}
}

// readSize returns how much one read of an exchange may return: what is likely
// in flight, since 64 KiB are too much where there are 10,000 connections.
func (c *Config) readSize(cod codec.Codec) int {
	flight := int64(min(c.Depth, 1<<10)) * int64(cod.Bound(max(c.sizes.max+stampSize, ackSize)))
	if c.schedule != nil {
		flight = min(flight, 2<<10) // few, and a read more when there are many
	}
	return int(min(max(flight, 1<<10), 64<<10))
}

// drive sends requests and takes the replies until the bound. Replies to what
// is in flight when the time is over are waited for.
func (x *exchanger) drive() error {
	run := x.inTurn
	if !x.cfg.inOneGoroutine(x.codec) {
		run = x.apart
	}
	if err := run(); err != nil || x.bad != nil {
		return err
	}
	if x.partial > 0 || x.stream != nil && x.stream.Buffered() > 0 {
		x.mismatch(nil, fmt.Errorf("verify: more came than the %d replies", x.replies))
	}
	return nil
}

// inTurn writes and reads in one goroutine: as many requests as there is room
// for, then all replies of one read.
func (x *exchanger) inTurn() error {
	if over, err := x.inLoop(); over {
		return err
	}
	for {
		n, _ := x.allowed()
		if x.turn != nil && n > 0 && n <= x.batch && x.sent.Load() == x.replies {
			if err := x.converse(n); err != nil || x.bad != nil {
				return err
			}
			continue
		}
		for ; n > 0; n, _ = x.allowed() {
			if err := x.send(n); err != nil {
				return x.lastWords(err)
			}
		}
		if x.sent.Load() == x.replies {
			return nil
		}
		if err := x.sentAll(); err != nil {
			return err
		}
		if err := x.receive(); err != nil || x.bad != nil {
			return err
		}
	}
}

// converse sends n messages with one call and takes all replies of one read.
// Nothing is in flight before.
func (x *exchanger) converse(n int64) error {
	var err error
	if x.out, err = x.compose(x.out[:0], n); err != nil {
		return x.lastWords(err)
	}
	wrote, read, err := x.turn.take(x.out, x.in)
	if wrote > 0 {
		x.wrote(wrote)
	}
	if rest := x.out[wrote:]; len(rest) > 0 {
		if err == nil {
			err = x.write(rest)
		}
		if err != nil {
			return x.lastWords(err)
		}
	}
	switch {
	case err != nil:
		return err
	case read == unread:
		return x.receive()
	case read == 0:
		return io.EOF
	}
	x.took(read)
	return x.take(x.in[:read])
}

// sentAll shuts our direction down where that is what ends the message.
func (x *exchanger) sentAll() error {
	if !codec.Once(x.codec) {
		return nil
	}
	return x.shut()
}

// endTurns makes a deadline a deadline from now on.
func (x *exchanger) endTurns() {
	x.turn.end()
	x.turn = nil
}

// lastWords reads what the server has said before it closed a connection that
// we were still writing to, and returns it, or err.
func (x *exchanger) lastWords(err error) error {
	x.endTurns()
	if x.session.nc.SetReadDeadline(time.Now().Add(tick)) == nil {
		for x.refused == nil && x.receive() == nil {
		}
	}
	if x.refused != nil {
		return x.refused
	}
	return err
}

// apart writes in a goroutine of its own: a write may have to wait until
// replies are read, and what is due must not wait for a reply.
func (x *exchanger) apart() error {
	quit := make(chan struct{})
	wrote := make(chan error, 1)
	go func() {
		err := contain(func() error { return x.sendAll(quit) })
		if errors.Is(err, errInternal) {
			x.session.nc.Close() // or the reader would wait for replies to what is never sent
		}
		wrote <- err
	}()
	err := x.receiveAll()
	close(quit)
	if err != nil || x.bad != nil {
		x.session.nc.Close() // the writer may wait for us to read
	}
	werr := <-wrote
	if errors.Is(werr, errInternal) {
		return werr
	}
	if x.bad == nil && x.refused == nil && werr != nil && (err == nil || errors.Is(err, os.ErrDeadlineExceeded)) {
		err = werr
	}
	return err
}
