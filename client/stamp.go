package client

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// stampSize is what the stamp handler puts before a message: "[" and 19 digits
// of nanoseconds since 1970 (until 2286) and "] ".
const stampSize = 1 + 19 + 2

// ClockOffset is by how much the server's clock is ahead of ours, estimated
// from the exchange with the shortest round trip: whatever the two ways took
// of it, the truth is no more than half of that away.
type ClockOffset struct {
	Offset, Error time.Duration
	Samples       int
}

// calibrations is how many exchanges the estimate is chosen from. They are made
// on the first connection before the run begins.
const calibrations = 64

func openStamp(*Config, int) opening {
	return opening{params: []preface.Param{{Key: "clock", Value: "ns"}}}
}

func resolveStamp(c *Config, cod codec.Codec) error {
	switch _, exact := exactSize(cod); {
	case c.Plain:
		return errors.New("a plain server cannot be told to stamp with nanoseconds")
	case !c.delimits:
		return fmt.Errorf("framing %s does not tell where a message ends: a stamp cannot be matched to one", cod)
	case exact:
		return fmt.Errorf("framing %s: a stamp makes a message %d bytes longer", cod, stampSize)
	case c.Size+stampSize > codec.Max(cod):
		return fmt.Errorf("size %d: a stamp makes it %d bytes longer, and framing %s carries %d", c.Size, stampSize, cod, codec.Max(cod))
	}
	return resolveExchange(c, cod)
}

// stampOf returns the server's time of a stamped message, and the message.
func stampOf(frame []byte) (ns int64, message []byte, err error) {
	if len(frame) < stampSize || frame[0] != '[' || !bytes.Equal(frame[stampSize-2:stampSize], []byte("] ")) {
		return 0, nil, fmt.Errorf("verify: %.24q does not begin with a stamp in nanoseconds", frame)
	}
	ns, err = strconv.ParseInt(string(frame[1:stampSize-2]), 10, 64)
	if err != nil {
		return 0, nil, fmt.Errorf("verify: stamp %.24q: %w", frame, err)
	}
	return ns, frame[stampSize:], nil
}

// stamped takes the server's time off a reply.
func (x *exchanger) stamped(frame []byte) (message []byte, ok bool) {
	ns, message, err := stampOf(frame)
	if err != nil {
		return nil, x.mismatch(frame, err)
	}
	x.stamps = append(x.stamps, ns)
	return message, true
}

// oneWay returns how long a message was under way in each direction, in ns,
// by the server's time at, with the clocks' offset taken out.
func (x *exchanger) oneWay(i int, sent, now int64) (up, down int64) {
	server := x.stamps[i] - int64(x.cfg.offset) - x.clock.start.UnixNano()
	return server - sent, now - server
}

// calibrate estimates the clocks' offset.
func calibrate(c *Config, cod codec.Codec, s session) (best ClockOffset, err error) {
	if codec.Once(cod) {
		return best, nil // a connection has no exchange to spare
	}
	fail := func(err error) (ClockOffset, error) {
		return best, fmt.Errorf("client: estimating the clock's offset: %w", err)
	}
	if err := s.nc.SetDeadline(time.Now().Add(c.Timeout)); err != nil {
		return fail(err)
	}
	message := make([]byte, c.sizes.min)
	c.content(c.Seed).ReadAt(message, 0)
	wire, err := cod.Append(nil, message)
	if err != nil {
		return fail(err)
	}
	stream, buf := codec.NewStream(cod), make([]byte, 64<<10)
	for best.Samples < calibrations {
		sent := time.Now()
		if _, err := s.nc.Write(wire); err != nil {
			return fail(err)
		}
		for got := false; !got; {
			n, err := s.nc.Read(buf)
			rtt := time.Since(sent)
			for frame, ferr := range stream.Feed(buf[:n]) {
				if got = true; ferr != nil {
					return fail(ferr)
				}
				ns, _, ferr := stampOf(frame)
				if ferr != nil {
					return fail(ferr)
				}
				if best.Samples == 0 || rtt/2 < best.Error {
					best.Offset, best.Error = time.Duration(ns-sent.UnixNano())-rtt/2, rtt/2
				}
				best.Samples++
			}
			if err != nil && !got {
				return fail(err)
			}
		}
	}
	return best, s.nc.SetDeadline(time.Time{})
}
