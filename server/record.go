package server

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/record"
)

// Record is what a peer of the record handler sent: Peer, when it Arrived, and
// of its fields Time and Data, and Run, Seq and Sent of a sender that numbers
// its records. [github.com/loadframe/loadframe/client.Record] is the same.
type Record = record.Arrival

// RecordLimit is the greatest record in bytes.
const RecordLimit = record.Limit

// recordHandler takes JSON objects with the strings "time" and "data", hands them to
// Config.OnRecord, and never answers. Other keys are ignored.
//
// Where the framing does not delimit, a record is complete with the bracket
// that closes it, wherever the network cut it, and the connection is closed as
// soon as what came is whole records. Where it does, every frame is a record,
// and a connection may send many.
//
// What is no record is counted, logged, and costs its connection.
type recordHandler struct {
	once bool
	held []byte // of a record that is not complete
	scan objectScan
	any  bool // bytes came, blanks aside
}

func newRecord(_ Limits, p *params) (Handler, error) { return &recordHandler{once: p.once}, nil }

func (h *recordHandler) Serve(r *Reply, frame []byte) error {
	var err error
	if codec.Delimits(r.Codec()) {
		h.any = true
		err = r.conn.record(frame)
		if h.once {
			r.Close()
		}
	} else {
		err = h.chunk(r, frame)
	}
	if err != nil {
		r.conn.badRecord(err)
		r.Close()
	}
	return nil // it never answers
}

// End tells of a peer that left without a record, or within one.
func (h *recordHandler) End(r *Reply) error {
	switch {
	case len(h.held) > 0:
		r.conn.badRecord(fmt.Errorf("the stream ended in the midst of a record, after %d bytes", len(h.held)))
	case !h.any:
		r.conn.badRecord(errors.New("the connection ended without a record"))
	}
	return nil
}

// chunk looks at every byte once, however small the pieces.
func (h *recordHandler) chunk(r *Reply, b []byte) error {
	for {
		if len(h.held) == 0 {
			b = bytes.TrimLeft(b, blanks)
		}
		if len(b) == 0 {
			break
		}
		n, whole := h.scan.take(b)
		h.held = append(h.held, b[:n]...)
		b = b[n:]
		if !whole {
			if len(h.held) > RecordLimit {
				return fmt.Errorf("record too long: over %d bytes, limit %d", len(h.held), RecordLimit)
			}
			continue
		}
		held := h.held
		h.held, h.scan = nil, objectScan{}
		h.any = true
		if err := r.conn.record(held); err != nil {
			return err
		}
	}
	if h.any && len(h.held) == 0 {
		r.Close()
	}
	return nil
}

// objectScan finds where a JSON object ends without understanding it: what is
// wrong inside is for the decoder to say. The zero value is before an object.
type objectScan struct {
	depth          int
	within, escape bool // a string; the next byte of it is escaped
}

// take returns how much of b belongs to the object, and whether it ends there.
// b begins with a byte that is no blank. What does not begin as an object
// is whole at once.
func (s *objectScan) take(b []byte) (n int, whole bool) {
	for i, c := range b {
		switch {
		case s.escape:
			s.escape = false
		case s.within:
			s.escape = c == '\\'
			s.within = c != '"'
		case c == '"':
			s.within = true
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		}
		if s.depth <= 0 {
			return len(b), true
		}
	}
	return len(b), false
}

// blanks are those of JSON.
const blanks = " \t\r\n"

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

// record reads a record and queues it for whoever wants records.
func (c *conn) record(b []byte) error {
	r, err := record.Parse(b)
	if err != nil {
		return err
	}
	c.lis.srv.records.put(Record{Peer: c.peer, Arrived: time.Now(), Record: r})
	return nil
}

func (c *conn) badRecord(err error) {
	s := c.lis.srv
	s.stats.BadRecords.Add(1)
	if s.badRecord.now() {
		s.log.Warn("bad record", "peer", c.peer, "error", err, "bad_so_far", s.stats.BadRecords.Load())
	}
}
