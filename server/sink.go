package server

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// sink takes everything and keeps none of it. In a session that opened with a
// preface it reports, at the peer's half-close and at each empty frame of a
// framing that delimits, with one frame of JSON about all that came so far;
// without a preface it says nothing ever. Parameters of the preface are those of
// takeContent and
//
//	verify=full           compare every byte with generated content that begins
//	                      at offset 0 and goes on over the frames
//	verify=length, none   count only (none): the client knows what it sent
type sink struct {
	content  pattern.Content
	full     bool
	reports  bool
	wireSeen int64 // of the connection when last was set
	report   sinkReport
}

// sinkReport is what a sink answers with. Its worst case in a framing with one
// byte of length is what keeps the keys few and short.
type sinkReport struct {
	Schema       string `json:"schema"`
	Bytes        int64  `json:"bytes"`      // of payload
	Frames       int64  `json:"frames"`     // the empty ones that ask for a report are not counted
	WireBytes    int64  `json:"wire_bytes"` // that have arrived behind the preface, framing included
	FirstNS      int64  `json:"first_ns"`   // when the first payload was read, nanoseconds since 1970; 0: none was
	LastNS       int64  `json:"last_ns"`    // the last
	VerifyErrors int64  `json:"verify_errors"`
	*badByte
}

// badByte is the first byte that is not what it should be.
type badByte struct {
	Offset   int64 `json:"first_bad_offset"` // in the payload of the connection
	Expected byte  `json:"expected"`
	Got      byte  `json:"got"`
}

func newSink(_ Limits, p *params) (Handler, error) {
	content, err := p.takeContent()
	if err != nil {
		return nil, err
	}
	s := &sink{content: content, reports: p.prefaced, report: sinkReport{Schema: "loadframe.sink/1"}}
	switch verify := p.take("verify"); verify {
	case "full":
		s.full = true
	case "", "length", "none":
	default:
		return nil, fmt.Errorf("handler sink: verify=%.32q: want full, length or none", verify)
	}
	return s, nil
}

func (s *sink) Serve(r *Reply, frame []byte) error {
	if len(frame) == 0 && s.reports && codec.Delimits(r.Codec()) {
		return s.End(r)
	}
	s.arrived(r.conn.wireIn)
	if s.full {
		s.check(frame)
	}
	s.report.Frames++
	s.report.Bytes += int64(len(frame))
	return nil
}

// arrived looks at the clock once a chunk, not once a frame.
func (s *sink) arrived(wire int64) {
	if wire == s.wireSeen {
		return
	}
	s.wireSeen, s.report.LastNS = wire, time.Now().UnixNano()
	if s.report.FirstNS == 0 {
		s.report.FirstNS = s.report.LastNS
	}
}

func (s *sink) check(frame []byte) {
	at := s.report.Bytes
	bad := s.content.Check(at, frame)
	if bad < 0 {
		return
	}
	s.report.VerifyErrors++
	if s.report.badByte == nil {
		at += int64(bad)
		s.report.badByte = &badByte{at, s.content.Slice(at, 1)[0], frame[bad]}
	}
}

// End reports.
func (s *sink) End(r *Reply) error {
	if !s.reports {
		return nil
	}
	s.report.WireBytes = r.conn.wireIn
	b, err := json.Marshal(&s.report)
	if err != nil {
		return err
	}
	return r.frames(b)
}
