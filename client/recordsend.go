package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/loadframe/loadframe/internal/preface"
	"github.com/loadframe/loadframe/internal/record"
)

// SendConfig describes a sender of time-stamped records. The zero value of a
// field is its default; without Count and Duration only the context ends it.
type SendConfig struct {
	Network  string        // "tcp" or "udp", also with 4 or 6; "" is tcp
	Addr     string        // host:port
	Interval time.Duration // between due times; 0: 1 s
	Count    int64         // bound: records
	Duration time.Duration // bound: no record is due at or after it
	Size     int           // characters of data; 0: 32
	Sequence bool          // run, number and nanoseconds in each record, so that a receiver knows of loss
	Timeout  time.Duration // for one record over TCP, from dialing to the peer's end; 0: 2 s
}

const (
	defaultSendInterval = time.Second
	defaultSendTimeout  = 2 * time.Second
	defaultRecordSize   = 32
	recordOverhead      = 200 // bytes of a record that are not data, at most

	// A record that is so much later than it was due, or one interval if that is
	// more, is left out: a peer that was away gets no flood when it is back.
	sendPatience = time.Second

	// maxDatagram is the greatest UDP payload over IPv4.
	maxDatagram = 65507
)

// Resolve fills in the defaults and refuses what cannot be sent.
func (c SendConfig) Resolve() (SendConfig, error) {
	c.Network = cmp.Or(c.Network, "tcp")
	c.Interval = cmp.Or(c.Interval, defaultSendInterval)
	c.Timeout = cmp.Or(c.Timeout, defaultSendTimeout)
	c.Size = cmp.Or(c.Size, defaultRecordSize)
	limit := record.Limit
	if c.datagrams() {
		limit = min(limit, maxDatagram)
	}
	switch limit -= recordOverhead; {
	case c.Size < 1 || c.Size > limit:
		return c, fmt.Errorf("client: record data of %d bytes: want 1 to %d", c.Size, limit)
	case c.Interval < 0 || c.Timeout < 0 || c.Count < 0 || c.Duration < 0:
		return c, fmt.Errorf("client: a bound is negative: interval %v, timeout %v, count %d, duration %v", c.Interval, c.Timeout, c.Count, c.Duration)
	}
	return c, nil
}

func (c SendConfig) datagrams() bool { return strings.HasPrefix(c.Network, "udp") }

// SendObserver is told how sending goes on, by the goroutine that sends. A nil
// function is not called.
type SendObserver struct {
	Sending func(record []byte)      // a record is about to be sent; not to be kept
	Failed  func(i int64, err error) // record i has not arrived, as far as is known
}

// SendResult is what a sender did.
type SendResult struct {
	Config SendConfig // with the defaults filled in
	Start  time.Time
	Took   time.Duration
	Run    string // as in the records; "" without Sequence
	Tried  int64  // records, each once
	// Delivered records were written whole and, over TCP, the peer closed in
	// order afterwards: that it understood them it does not say.
	Delivered int64
	Failed    map[string]int64 // by class: refused, timeout, reset, interrupted, other
	Missed    int64            // records that were left out, because a peer that was away took their time
	Wire      int64            // bytes that were written
}

// recordSender sends one record after the other: each has left, or failed, before the
// next begins, so that a path alone changes their order.
type recordSender struct {
	SendResult
	observer SendObserver
	buf      []byte
	udp      net.Conn // nil over TCP: a connection each
}

// SendRecords sends a record at every due time, which are absolute: a late one
// makes none after it late. It ends at the first bound, or when ctx does, which
// is no error; nor is a peer that is absent. An error says that nothing could
// be sent at all.
func SendRecords(ctx context.Context, c SendConfig, o SendObserver) (SendResult, error) {
	c, err := c.Resolve()
	if err != nil {
		return SendResult{Config: c}, err
	}
	s := &recordSender{SendResult: SendResult{Config: c, Failed: map[string]int64{}}, observer: o}
	if c.Sequence {
		s.Run = fmt.Sprintf("%08x", rand.Uint32())
	}
	if c.datagrams() {
		d := net.Dialer{Timeout: c.Timeout}
		if s.udp, err = d.DialContext(ctx, c.Network, c.Addr); err != nil {
			return s.SendResult, fmt.Errorf("client: %w", err)
		}
		defer s.udp.Close()
	}
	s.Start = time.Now()
	s.drive(ctx)
	s.Took = time.Since(s.Start)
	return s.SendResult, nil
}

func (s *recordSender) drive(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	patience := max(s.Config.Interval, sendPatience)
	for i := int64(0); s.Config.Count == 0 || i < s.Config.Count; i++ {
		due := time.Duration(i) * s.Config.Interval
		if s.Config.Duration > 0 && due >= s.Config.Duration {
			break
		}
		late := time.Since(s.Start) - due
		if late > patience {
			s.Missed++
			continue
		}
		if late < 0 {
			timer.Reset(-late)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			return
		}
		s.one(ctx, i)
	}
	// The time that was asked for is over only now: a receiver at the other end
	// of a script may count on it.
	if left := s.Config.Duration - time.Since(s.Start); left > 0 && s.Config.Count == 0 {
		timer.Reset(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// one sends record i and counts what came of it.
func (s *recordSender) one(ctx context.Context, i int64) {
	now := time.Now()
	r := record.Record{Time: record.Stamp(now), Data: s.data()}
	if s.Run != "" {
		r.Run, r.Seq, r.Sent = s.Run, i, now.UnixNano()
	}
	s.buf = r.Append(s.buf[:0])
	if s.observer.Sending != nil {
		s.observer.Sending(s.buf)
	}
	s.Tried++
	var err error
	if s.udp != nil {
		err = s.datagram(i)
	} else {
		err = s.connection(ctx)
	}
	if err == nil {
		s.Delivered++
		return
	}
	s.failed(i, err)
	if ctx.Err() != nil {
		s.Failed["interrupted"]++
	} else {
		s.Failed[failureClass(err)]++
	}
}

func (s *recordSender) failed(i int64, err error) {
	if s.observer.Failed != nil {
		s.observer.Failed(i, err)
	}
}

// data is random, so that records are told apart: 32 characters have 165 bits.
func (s *recordSender) data() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, s.Config.Size)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

// connection sends the record over a connection of its own, and waits for its
// end: a receiver closes when it has the record, and answers nothing.
func (s *recordSender) connection(ctx context.Context) error {
	deadline := time.Now().Add(s.Config.Timeout)
	d := net.Dialer{Deadline: deadline}
	nc, err := d.DialContext(ctx, s.Config.Network, s.Config.Addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := nc.SetDeadline(deadline); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })()
	n, err := nc.Write(s.buf)
	s.Wire += int64(n)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(io.LimitReader(nc, refusalMost))
	if text, is := bytes.CutPrefix(said, []byte("ERR ")); is { // a server that lets nobody in has taken nothing
		return fmt.Errorf("%w: %s", preface.ErrRefused, bytes.TrimSpace(text))
	}
	if err == nil { // the deadline ends also a peer that sends for ever
		_, err = io.Copy(io.Discard, onlyReader{nc})
	}
	if err != nil {
		return fmt.Errorf("the peer took the record and did not close: %w", err)
	}
	return nil
}

// onlyReader hides what else a connection can do: io.Copy would let it splice.
type onlyReader struct{ io.Reader }

// datagram sends the record as a datagram. What the network says of the one
// before is reported in its stead, and this one is sent again.
func (s *recordSender) datagram(i int64) error {
	n, err := s.udp.Write(s.buf)
	if errors.Is(err, syscall.ECONNREFUSED) {
		s.Failed["refused"]++
		s.Delivered--
		s.failed(i-1, err)
		n, err = s.udp.Write(s.buf)
	}
	s.Wire += int64(n)
	return err
}

// failureClass names what was wrong, for counting.
func failureClass(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, preface.ErrRefused):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "other"
}
