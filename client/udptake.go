package client

import (
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// udpTaker takes what the server sends by itself: the file of a pull, the
// packets of a stream.
//
//	request ->   <- Accepted, Data 0, Data 1, ... Data n-1, End
//
// A path that has gone silent is asked with an Echo: a server that is not there
// any more makes the system say so.
type udpTaker struct {
	*worker
	left  int64 // datagrams to ask for in all
	bytes int64 // of a pull: payload of the run
	gap   time.Duration

	n        int64 // datagrams of the present run
	sent     int64 // of these, by the server's account: all, unless we have stopped it
	tracker  datagram.Tracker
	forgot   int64            // datagrams of the present run of which no delay is told
	before   datagram.Receipt // sums of the earlier runs
	unique   int64            // datagrams of the present run
	began    time.Duration
	first    int64 // when its datagram 0 came or would have, ns since the start
	last     int64
	heard    time.Duration // when something of the run came last
	asked    time.Duration // when the server was asked last whether it is there
	echoed   bool          // since then
	accepted bool
	ended    bool

	lostBefore int64 // in the warm-up
}

func resolveUDPPull(c *Config) error {
	if err := notPaced(c, c.Workload); err != nil {
		return err
	}
	if err := c.resolveUDPBulk(); err != nil {
		return err
	}
	return c.evenUDP()
}

// evenUDP refuses schedules that a server cannot be told.
func (c *Config) evenUDP() error {
	if c.oneWay.random || len(c.oneWay.stages) > 1 || c.oneWay.burst > 1 {
		return fmt.Errorf("arrival %s: the server sends a file at an even rate: a rate alone", c.Arrival)
	}
	return nil
}

// resolveUDPBulk is what push and pull have in common.
func (c *Config) resolveUDPBulk() error {
	switch {
	case c.Plain:
		return fmt.Errorf("a plain server cannot be asked for a %s over UDP", c.Workload)
	case c.Payload != "":
		return fmt.Errorf("payload %s: both ends generate the content of a %s", c.Payload, c.Workload)
	}
	if err := c.resolveUDPSize(udpSize, 0); err != nil {
		return err
	}
	return c.planUDP()
}

func resolveUDPStream(c *Config) error {
	switch {
	case c.Plain:
		return errors.New("a plain server cannot be asked for a stream over UDP")
	case c.Payload != "":
		return fmt.Errorf("payload %s: the server generates the content of a stream", c.Payload)
	}
	if err := notPaced(c, Stream); err != nil {
		return err
	}
	if err := c.resolveUDPSize(defaultMessage, 0); err != nil {
		return err
	}
	return c.resolveInterval()
}

// udpTransfer is the longest file that is asked for, in bytes.
const udpTransfer = 1 << 40

func prepareUDPTaker(w *worker) func() error {
	c := w.cfg
	t := &udpTaker{worker: w, left: unbounded}
	w.begun = t.afresh
	if c.Workload == Stream {
		w.record, t.gap = &recorder{page: w.page}, c.interval
		t.left = min(c.messageBound(w.id), c.share(bound((c.Bytes+int64(c.Size)-1)/int64(c.Size)), w.id))
		if end := w.clock.end; end > 0 {
			t.left = min(t.left, max(1, int64(end/t.gap)))
		}
		return t.drive
	}
	t.gap = time.Duration(float64(c.Size) / float64(c.udpRate()) * 1e9)
	t.bytes = min(c.byteBound(w.id, c.Size), udpTransfer)
	if end := w.clock.end; end > 0 {
		t.bytes = min(t.bytes, max(int64(c.Size), int64(end.Seconds()*float64(c.udpRate()))))
	}
	t.left = (t.bytes + int64(c.Size) - 1) / int64(c.Size)
	return t.drive
}

// udpRate is the rate of one connection of a pull, bytes/s.
func (c *Config) udpRate() int64 {
	return max(1, int64(math.Round(c.oneWay.Rate()*float64(c.Size)/float64(c.Conns))))
}

// drive asks for one run after the other: a file is one, a stream of more than
// the server sends at once is several.
func (t *udpTaker) drive() error {
	for t.left > 0 {
		err := t.take()
		t.tally()
		if err != nil || t.bad != nil {
			return err
		}
		t.left -= t.n
		if t.count.messages.Load() == 0 {
			return fmt.Errorf("none of %d datagrams has arrived: %w", t.n, errStalled)
		}
		if end := t.clock.end; end > 0 && t.clock.now() >= end {
			return nil
		}
	}
	return nil
}

// take asks for a run and takes it to its end.
func (t *udpTaker) take() error {
	t.mu.Lock()
	*t = udpTaker{worker: t.worker, left: t.left, bytes: t.bytes, gap: t.gap, before: t.before, lostBefore: t.lostBefore}
	t.mu.Unlock()
	if t.n = t.left; t.cfg.Workload == Stream {
		t.n = min(t.n, streamRequest)
	}
	t.session.run++ // the server may still remember the last one
	t.began, t.heard = t.clock.now(), t.clock.now()
	if err := t.request(); err != nil {
		return err
	}
	for !t.ended {
		if err := t.receive(); err != nil || t.bad != nil {
			return err
		}
	}
	return nil
}

func (t *udpTaker) request() error {
	r := datagram.Request{Token: t.session.token, Seed: t.cfg.seed(t.id), Size: uint32(t.cfg.Size)}
	h := datagram.Header{Kind: datagram.File, Run: t.session.run, Total: uint64(t.bytes), Sent: t.wall(t.clock.now())}
	if t.cfg.Workload == Stream {
		h.Kind, h.Sequence, h.Total = datagram.Stream, uint64(t.n), 0
		r.Interval = t.gap
	} else {
		r.Rate = uint64(t.cfg.udpRate())
	}
	b := r.Append(h.Append(nil))
	return t.sendUDP(b, len(b))
}

// wall is a time of the run in ns since 1970.
func (w *worker) wall(at time.Duration) int64 { return w.clock.start.UnixNano() + int64(at) }

// udpSlack is how long after the end of the time a server may be late.
const udpSlack = 250 * time.Millisecond

// receive reads once, or notices that nothing comes.
func (t *udpTaker) receive() error {
	silence := t.cfg.LostAfter + 2*t.gap
	deadline := max(t.heard, t.asked) + silence
	end := t.clock.end + udpSlack
	if t.clock.end > 0 {
		deadline = min(deadline, end)
	}
	if err := t.session.nc.SetReadDeadline(t.clock.start.Add(deadline)); err != nil {
		return err
	}
	came, err := t.session.udp.Read()
	now := t.clock.now()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && t.clock.end > 0 && now >= end && t.accepted:
		return t.stop()
	case errors.Is(err, os.ErrDeadlineExceeded) && now >= deadline:
		return t.silent(now)
	case err != nil:
		return udpError(err, t.session.nc)
	}
	add(&t.count.reads, 1)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, in := range came {
		if err := t.datagram(in, int64(now)); err != nil || t.bad != nil {
			return err
		}
	}
	t.publish()
	return nil
}

// stop ends a run that takes longer than the time: what was sent counts as far
// as we know of it.
func (t *udpTaker) stop() error {
	t.ended, t.sent = true, 0
	b := datagram.Header{Kind: datagram.Stop, Run: t.session.run}.Append(nil)
	return t.sendUDP(b, len(b))
}

// silent asks whether the server is still there. One that is, and has had the
// time to send all, has sent what we miss.
func (t *udpTaker) silent(now time.Duration) error {
	t.asked = now
	if !t.accepted {
		return t.request() // one of the two was lost
	}
	if due := t.began + time.Duration(t.n+1)*t.gap; t.echoed && now > due {
		t.ended, t.sent = true, t.n
		return nil
	}
	t.echoed = false
	b := datagram.Header{Kind: datagram.Echo, Run: t.session.run, Sent: t.wall(now)}.Append(nil)
	return t.sendUDP(b, len(b))
}
