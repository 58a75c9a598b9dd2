package client

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// streamer takes packets that the server sends in time, on one connection.
//
//	request ->   <- packet 0   packet 1   packet 2 ...
//	                |-interval-|-interval-|
type streamer struct {
	*worker
	stream *codec.Stream // nil where the framing does not delimit
	in     []byte
	packet []byte // the beginning of one; without stream
	bound  int64  // packets to take in all
	got    int64
	at     int64 // the next one's number in the present request
	asked  int64 // packets of that
	began  time.Duration

	first   int64 // when the request's first packet came, ns since the start
	last    int64 // when the last one came
	transit int64 // of the last one: by two clocks, only differences mean something
	header  int
}

// streamCount is what one connection saw of a stream.
type streamCount struct {
	jitter     float64 // ns, RFC 3550, section 6.4.1
	jittered   bool
	late, lost int64
}

// Streamed is what the packets of a stream were like.
type Streamed struct {
	Interval      time.Duration           // asked for
	Jitter        time.Duration           // mean of the connections, RFC 3550, section 6.4.1
	Late          int64                   // packets that came an interval or more after they were due, counted from the first
	Lost          int64                   // were due before the end and did not come
	IntervalError *hdrhistogram.Histogram // how far intervals between arrivals were from what was asked for, ns
}

const (
	streamRequest = 10000 // packets that one request asks for at most: server.StreamLimit
	streamHeader  = 16
	streamLongest = time.Minute
	streamSize    = 64 << 10
)

func resolveStream(c *Config, cod codec.Codec) error {
	if err := notPaced(c, Stream); err != nil {
		return err
	}
	n, exact := exactSize(cod)
	if exact {
		c.Size = cmp.Or(c.Size, n)
	}
	c.Size = cmp.Or(c.Size, defaultMessage)
	header := c.streamHeader()
	switch {
	case c.Plain:
		return fmt.Errorf("a plain server cannot be told the interval of a stream")
	case c.Payload != "":
		return fmt.Errorf("payload %s: the server generates the content of a stream", c.Payload)
	case c.Size < header || c.Size > streamSize:
		return fmt.Errorf("size %d: packets of a stream have %d to %d bytes in framing %s", c.Size, header, streamSize, cod)
	}
	return c.resolveInterval()
}

// resolveInterval settles how far apart the packets of a stream are.
func (c *Config) resolveInterval() error {
	c.interval = streamInterval
	if c.Arrival != "" {
		s, err := parseSchedule(c.Arrival)
		if err != nil {
			return err
		}
		if rate := strings.TrimPrefix(c.Arrival, "constant:"); strings.ContainsAny(rate, ":@,") {
			return fmt.Errorf("arrival %s: the packets of a stream are evenly spaced: a rate alone", c.Arrival)
		}
		c.interval = time.Duration(float64(max(c.Conns, 1)) / s.Rate() * 1e9)
		if c.interval <= 0 || c.interval > streamLongest {
			return fmt.Errorf("arrival %s: an interval of %v; want more than 0, up to %v", c.Arrival, c.interval, streamLongest)
		}
	}
	return nil
}

const streamInterval = 10 * time.Millisecond

func (c *Config) streamHeader() int {
	if c.fussy {
		return 2 * streamHeader
	}
	return streamHeader
}

func openStream(c *Config, i int) opening {
	count := min(streamRequest, c.share(bound(c.Messages), i))
	ps := append(c.contentParams(i), preface.Param{Key: "interval", Value: c.interval.String()},
		preface.Param{Key: "size", Value: param(uint64(c.Size))}, preface.Param{Key: "count", Value: param(uint64(max(1, count)))})
	if c.fussy {
		ps = append(ps, preface.Param{Key: "header", Value: "hex"})
	}
	return opening{params: ps}
}

func newStreamer(w *worker) *streamer {
	c := w.cfg
	s := &streamer{worker: w, in: make([]byte, max(4<<10, w.codec.Bound(c.Size))), header: c.streamHeader()}
	s.bound = c.messageBound(w.id)
	if c.delimits {
		s.stream = codec.NewStream(w.codec)
	}
	w.record = &recorder{page: w.page}
	w.begun = func() { w.streamed = streamCount{} }
	return s
}

// drive asks for packets and takes them until the bound or the end of the time.
func (s *streamer) drive() error {
	if s.clock.end > 0 {
		if err := s.session.nc.SetDeadline(s.clock.start.Add(s.clock.end)); err != nil {
			return err
		}
	}
	for s.got < s.bound {
		if s.at == s.asked {
			if err := s.ask(); err != nil {
				return err
			}
		}
		n, err := s.Read(s.in)
		if n > 0 {
			if err := s.take(s.in[:n], int64(s.clock.now())); err != nil || s.bad != nil {
				return err
			}
		}
		if err != nil && s.got < s.bound {
			s.missing()
			return err
		}
	}
	return nil
}

// ask sends a frame; what is in it does not matter.
func (s *streamer) ask() error {
	text := []byte("x")
	if n, exact := exactSize(s.codec); exact {
		text = make([]byte, n)
	} else if s.stream == nil {
		text = []byte("x\n")
	}
	b, err := s.codec.Append(nil, text)
	if err != nil {
		return err
	}
	s.at, s.began = 0, s.clock.now()
	s.asked = min(streamRequest, s.cfg.share(bound(s.cfg.Messages), s.id))
	return s.write(b)
}

// missing counts what was due by now and has not come.
func (s *streamer) missing() {
	due := int64((s.clock.now()-s.began)/s.cfg.interval) - 1 // the last may be on its way
	s.streamed.lost += max(0, min(due, s.asked, s.bound-s.got+s.at)-s.at)
}

// take takes the packets of a read.
func (s *streamer) take(chunk []byte, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.settle()
	if s.stream == nil {
		for len(chunk) > 0 && s.got < s.bound {
			n := min(len(chunk), s.cfg.Size-len(s.packet))
			s.packet, chunk = append(s.packet, chunk[:n]...), chunk[n:]
			if s.got == 0 && s.isRefusal(s.packet) {
				return s.refused
			}
			if len(s.packet) == s.cfg.Size {
				if !s.arrived(s.packet, now) {
					return s.refused
				}
				s.packet = s.packet[:0]
			}
		}
		return nil
	}
	for frame, err := range s.stream.Feed(chunk) {
		if err != nil {
			return err
		}
		if s.got == s.bound {
			s.mismatch(frame, fmt.Errorf("verify: a packet more than the %d asked for", s.bound))
			return s.refused
		}
		if !s.arrived(frame, now) {
			return s.refused
		}
	}
	return nil
}

// settle counts the wire bytes of what has been taken.
func (s *streamer) settle() {
	rest := len(s.packet)
	if s.stream != nil {
		rest = s.stream.Buffered()
	}
	s.consumed(rest)
}

// arrived verifies and times one packet; false if it is wrong. The caller has
// the worker's lock.
func (s *streamer) arrived(packet []byte, now int64) bool {
	if len(packet) != s.cfg.Size {
		return s.mismatch(packet, fmt.Errorf("verify: packet %d has %d bytes, expected %d", s.got, len(packet), s.cfg.Size))
	}
	head := packet[:s.header]
	if s.header != streamHeader {
		var b [streamHeader]byte
		if _, err := hex.Decode(b[:], head); err != nil {
			return s.mismatch(packet, fmt.Errorf("verify: packet %d begins with %q, no hex", s.got, head))
		}
		head = b[:]
	}
	if n := binary.BigEndian.Uint64(head); n != uint64(s.at) {
		return s.mismatch(packet, fmt.Errorf("verify: packet %d came where %d was due", n, s.at))
	}
	rest := packet[s.header:]
	if s.cfg.Verify == VerifyFull && !s.check(s.at*int64(len(rest)), rest) {
		return false
	}
	s.time(int64(binary.BigEndian.Uint64(head[8:])), now)
	s.at++
	s.got++
	add(&s.count.messages, 1)
	add(&s.count.payload, int64(len(packet)))
	return true
}

// time takes what an arrival tells. The first of a request is the reference of
// those that follow.
func (s *streamer) time(sent, now int64) {
	transit := now - sent
	if s.at == 0 {
		s.first = now
	} else {
		interval := int64(s.cfg.interval)
		s.record.record(timing{response: abs(now - s.last - interval)})
		if now-s.first >= (s.at+1)*interval {
			s.streamed.late++
		}
		s.streamed.jitter += (float64(abs(transit-s.transit)) - s.streamed.jitter) / 16
		s.streamed.jittered = true
	}
	s.last, s.transit = now, transit
}

func abs(n int64) int64 { return max(n, -n) }

// streamed puts together what the connections of a stream have seen.
func streamed(t *ticker) *Streamed {
	if t.cfg.Workload != Stream {
		return nil
	}
	s := &Streamed{Interval: t.cfg.interval, IntervalError: t.book.total.response}
	for _, w := range t.workers {
		s.Late, s.Lost = s.Late+w.streamed.late, s.Lost+w.streamed.lost
	}
	if j := jitterOf(t.workers, both); j != nil {
		s.Jitter = *j
	}
	return s
}
