package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// StreamPacket is a packet of a stream that has arrived.
type StreamPacket struct {
	Number   int           // from 1
	At       time.Duration // since the request was written
	Interval time.Duration // since the packet before, or the request
}

// StreamResult is what came of a stream.
type StreamResult struct {
	Packets   int
	Took      time.Duration
	Intervals DelaySummary // between packets
	Late      DelaySummary // packet i is due i intervals after the request; the way there and back is in it
}

// StreamRequest reads what the server understands as a request for packets in
// time: stream, stream-MS-N and stream MS N. What it would refuse is not ok.
func StreamRequest(line string) (interval time.Duration, count int, ok bool) {
	if line == "stream" {
		return 10 * time.Millisecond, 1000, true
	}
	f := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '-' })
	if len(f) < 3 || f[0] != "stream" {
		return 0, 0, false
	}
	ms, err1 := strconv.Atoi(f[1])
	n, err2 := strconv.Atoi(f[2])
	if err1 != nil || err2 != nil || ms < 1 || ms > 60000 || n < 1 {
		return 0, 0, false
	}
	return time.Duration(ms) * time.Millisecond, min(n, 10000), true
}

// Stream asks for count packets and calls each for every one that arrives. The
// packets have to be what was sent; older servers write the last one in
// capitals, which passes.
func (d *Dialog) Stream(ctx context.Context, line string, interval time.Duration, count int, each func(StreamPacket)) (StreamResult, error) {
	var r StreamResult
	end, err := d.begin(ctx, line)
	if err != nil {
		return r, err
	}
	defer end()
	d.patience = d.cfg.Timeout + interval
	start := d.asked // behind the call that wrote it packets may have come already
	var gaps, late Delays
	last := time.Duration(0)
	p := packets{line: []byte(line)}
	for r.Packets < count {
		b, err := d.part(int64(count-r.Packets)*int64(len(line)+2) - int64(len(p.part)))
		if err != nil {
			return r, fmt.Errorf("%w, after %d of %d packets", err, r.Packets, count)
		}
		now := time.Since(start)
		n, other := p.take(b, d.cfg.Plain)
		for range n {
			r.Packets++
			if r.Packets > count {
				return r, d.fail(fmt.Errorf("more than %d packets came", count))
			}
			if r.Packets > 1 {
				gaps.Record(now - last)
			}
			late.Record(now - time.Duration(r.Packets)*interval)
			each(StreamPacket{r.Packets, now, now - last})
			last = now
		}
		switch {
		case other == nil:
		case r.Packets == 0:
			return r, d.refusedStream(other)
		default:
			return r, d.fail(fmt.Errorf("packet %d is %.64q, expected %.64q", r.Packets+1, other, line))
		}
	}
	r.Took, r.Intervals, r.Late = time.Since(start), gaps.Summary(), late.Summary()
	return r, nil
}

// refusedStream returns the error for words that came instead of packets.
func (d *Dialog) refusedStream(words []byte) error {
	words = bytes.Clone(words)
	if !d.cfg.Plain {
		return &Refused{words}
	}
	d.patience = silence
	if _, err := d.text.Peek(1); err == nil {
		rest, err := d.words("")
		if err != nil {
			return err
		}
		words = append(words, rest...)
	} else if !errors.Is(err, os.ErrDeadlineExceeded) || d.ctx.Err() != nil {
		err = d.fail(err)
		if d.ctx.Err() != nil {
			return err
		}
	}
	return &Refused{words}
}

// packets tells packets apart. Plain they have no ends but are alike, and a
// newline behind one is no part of it.
type packets struct {
	line, part []byte
}

// take returns how many packets b completes, and what stands behind them that
// is none.
func (p *packets) take(b []byte, plain bool) (n int, other []byte) {
	if !plain {
		if !bytes.Equal(b, p.line) {
			return 0, b
		}
		return 1, nil
	}
	for i, c := range b {
		if c == '\r' || c == '\n' {
			continue
		}
		p.part = append(p.part, c)
		if !bytes.EqualFold(p.part, p.line[:len(p.part)]) {
			return n, append(p.part, b[i+1:]...)
		}
		if len(p.part) == len(p.line) {
			p.part = p.part[:0]
			n++
		}
	}
	return n, nil
}
