package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/preface"
)

// newRun names a run. Those of one address must differ.
func newRun() uint64 { return rand.Uint64() }

// heard is what a datagram means to whoever waits for an answer.
type heard int

const (
	other  heard = iota // nothing: another one is waited for
	again               // ask again at once
	answer              // this is it
)

// How long an answer is waited for before the question is asked again.
const (
	askFirst = 100 * time.Millisecond
	askMost  = time.Second
)

// ask sends what question makes until hear has its answer: either may be lost.
func (s *session) ask(ctx context.Context, c *Config, question func() []byte, hear func([]byte) (heard, error)) error {
	end := time.Now().Add(c.Timeout)
	for wait := askFirst; time.Now().Before(end); wait = min(2*wait, askMost) {
		if _, err := s.nc.Write(question()); err != nil {
			return err
		}
		if err := s.nc.SetReadDeadline(time.Now().Add(min(wait, time.Until(end)))); err != nil {
			return err
		}
		h, err := s.hear(hear)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if h == answer || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return fmt.Errorf("no answer from udp %s within %v: nothing listens, or what it sends is dropped: %w", s.nc.RemoteAddr(), c.Timeout, errStalled)
}

// hear reads until something is heard.
func (s *session) hear(hear func([]byte) (heard, error)) (heard, error) {
	for {
		came, err := s.udp.Read()
		if err != nil {
			return other, err
		}
		for _, in := range came {
			if text, ok := bytes.CutPrefix(in, []byte("ERR ")); ok {
				return other, fmt.Errorf("%w: %.200s", preface.ErrRefused, text)
			}
			if h, err := hear(in); h != other || err != nil {
				return h, err
			}
		}
	}
}

// probeExchange asks once, of a stamp as often as the estimate of the clocks
// needs.
func probeExchange(ctx context.Context, c *Config, s *session, i int) error {
	n := 1
	if c.Workload == Stamp && i == c.connection(0) {
		n = calibrations
	}
	run := newRun()
	for k := range n {
		var sent time.Time
		var asked []byte
		question := func() []byte {
			sent = time.Now()
			h := datagram.Header{Kind: datagram.Echo, Run: run, Sequence: uint64(k), Sent: sent.UnixNano()}
			asked = append(h.Append(asked[:0]), make([]byte, c.sizes.min)...)
			return asked
		}
		err := s.ask(ctx, c, question, func(in []byte) (heard, error) {
			ns, body, err := udpAnswer(c.Workload, in)
			switch h, _, perr := datagram.Parse(body); {
			case err == nil && c.Workload == Ack && binary.BigEndian.Uint32(in[8:]) == crc32.Checksum(asked, castagnoli):
				return answer, nil
			case err == nil && c.Workload == Ack:
				return other, nil // to a question of before
			case err != nil || perr != nil || h.Kind != datagram.Echo:
				return other, fmt.Errorf("udp %s answers %s: a listener with the handler %s is needed", s.nc.RemoteAddr(), told(in), c.workload.handler)
			case h.Run != run || h.Sequence != uint64(k):
				return other, nil
			}
			s.clock.sample(time.Unix(0, ns), sent, time.Now())
			return answer, nil
		})
		if err != nil {
			return err
		}
	}
	if c.Workload != Stamp {
		s.clock = ClockOffset{}
	}
	return nil
}

// told is what came, in words or as it is.
func told(in []byte) string {
	if h, _, err := datagram.Parse(in); err == nil {
		return fmt.Sprintf("with a datagram of kind %d", h.Kind)
	}
	return fmt.Sprintf("%.24q", in)
}

// udpAnswer takes a reply apart: the server's time, and what it returned.
func udpAnswer(workload string, in []byte) (ns int64, body []byte, err error) {
	switch workload {
	case Stamp:
		return stampOf(in)
	case Ack:
		if len(in) != ackSize || string(in[:len(ackText)]) != ackText {
			return 0, nil, fmt.Errorf("verify: %.24q is no receipt", in)
		}
		return 0, in, nil
	}
	return 0, in, nil
}

// sample takes an exchange of which the server says when it was there.
func (o *ClockOffset) sample(server, sent, came time.Time) {
	half := came.Sub(sent) / 2
	if o.Samples == 0 || half < o.Error {
		o.Offset, o.Error = time.Duration(server.UnixNano()-sent.UnixNano())-half, half
	}
	o.Samples++
}

// udpCalibrations is how many reports the estimate is chosen from.
const udpCalibrations = 16

// probeRun opens a sink, whose reports tell the server's time, and with it gets
// the token that proves our address. A push goes to that sink.
func probeRun(ctx context.Context, c *Config, s *session, i int) error {
	question := func() []byte {
		r := datagram.Request{Token: s.token, Seed: c.seed(i)}
		if c.pushes(i) && c.Verify == VerifyFull {
			r.Size = uint32(c.Size)
		}
		return r.Append(datagram.Header{Kind: datagram.Sink, Run: s.run, Sent: time.Now().UnixNano()}.Append(nil))
	}
	if err := s.ask(ctx, c, question, s.accepted); err != nil {
		return err
	}
	for k := range udpCalibrations {
		if i != c.connection(0) {
			break
		}
		var sent time.Time
		question := func() []byte {
			sent = time.Now()
			return datagram.Header{Kind: datagram.Report, Run: s.run, Sequence: uint64(k)}.Append(nil)
		}
		err := s.ask(ctx, c, question, func(in []byte) (heard, error) {
			h, _, err := datagram.Parse(in)
			if err != nil || h.Kind != datagram.Report || h.Run != s.run || h.Sequence != uint64(k) {
				return other, err
			}
			s.clock.sample(time.Unix(0, h.Sent), sent, time.Now())
			return answer, nil
		})
		if err != nil {
			return err
		}
	}
	if c.pushes(i) {
		return nil
	}
	_, err := s.nc.Write(datagram.Header{Kind: datagram.Stop, Run: s.run}.Append(nil))
	s.run = newRun()
	return err
}

// accepted hears whether a request is granted, and takes the token.
func (s *session) accepted(in []byte) (heard, error) {
	h, payload, err := datagram.Parse(in)
	switch {
	case err != nil || h.Kind < datagram.Data && h.Kind != datagram.Report:
		return other, fmt.Errorf("udp %s answers %s: a listener with the handler command or sink is needed", s.nc.RemoteAddr(), told(in))
	case h.Run != s.run:
	case h.Kind == datagram.Refused:
		return other, fmt.Errorf("%w: %.200s", preface.ErrRefused, payload)
	case h.Kind == datagram.Token && len(payload) == datagram.TokenLen && s.token != [datagram.TokenLen]byte(payload):
		s.token = [datagram.TokenLen]byte(payload)
		return again, nil
	case h.Kind == datagram.Accepted:
		return answer, nil
	}
	return other, nil
}
