package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/loadframe/loadframe/codec"
)

// sinkReport is what a sink says of one connection.
type sinkReport struct {
	Schema       string `json:"schema"`
	Bytes        int64  `json:"bytes"`
	Frames       int64  `json:"frames"`
	WireBytes    int64  `json:"wire_bytes"`
	VerifyErrors int64  `json:"verify_errors"`
	Offset       *int64 `json:"first_bad_offset"`
	Expected     byte   `json:"expected"`
	Got          byte   `json:"got"`
}

// reportMost bounds what a server may say at the end.
const reportMost = 64 << 10

// report reads what has arrived: from here on that is what counts.
func (p *pusher) report() error {
	text, err := p.answer()
	if err != nil {
		return err
	}
	if p.cfg.Plain {
		return p.refused // a server that was told nothing says nothing; it has taken all, for it has closed
	}
	if p.isRefusal(text) {
		return p.refused
	}
	var r sinkReport
	if err := json.Unmarshal(text, &r); err != nil || r.Schema != "loadframe.sink/1" {
		return fmt.Errorf("the server's report is %.64q, not one of a sink", text)
	}
	p.reported = true
	p.mu.Lock()
	p.count.payload.Store(r.Bytes)
	p.count.wire.Store(r.WireBytes)
	p.mu.Unlock()
	if p.cfg.delimits {
		p.count.messages.Store(r.Frames)
	}
	switch {
	case r.Offset != nil:
		p.mismatch(nil, fmt.Errorf("verify: byte %d is 0x%02x, expected 0x%02x (as the server received it)", *r.Offset, r.Got, r.Expected))
		p.count.verifyErrors.Store(max(1, r.VerifyErrors))
	case r.Bytes != p.sent || p.cfg.delimits && r.Frames != p.frames:
		p.mismatch(nil, fmt.Errorf("verify: %d bytes in %d frames have arrived of %d in %d", r.Bytes, r.Frames, p.sent, p.frames))
	}
	return nil
}

// answer reads to the end of the stream what frames the server sends, put
// together.
func (p *pusher) answer() (text []byte, err error) {
	stream := codec.NewStream(p.codec)
	buf := make([]byte, 4<<10)
	most := reportMost
	if size, exact := exactSize(p.codec); exact {
		most = max(most, size) // blanks make a whole frame of it
	}
	take := func(frame []byte, err error) error {
		if text = append(text, frame...); err == nil && len(text) > most && !p.cfg.Plain {
			err = fmt.Errorf("the server's report is over the limit of %d bytes", most)
		}
		return err
	}
	for first := true; ; first = false {
		n, rerr := p.Read(buf)
		if p.cfg.Plain {
			if first {
				p.isLastWord(buf[:n])
			}
			n = 0 // whatever else it says
		}
		for frame, err := range stream.Feed(buf[:n]) {
			if err := take(frame, err); err != nil {
				return text, err
			}
		}
		switch {
		case errors.Is(rerr, io.EOF):
			frame, err := stream.Close()
			if err := take(frame, err); err != nil && !p.cfg.Plain {
				return text, err
			}
			if len(text) == 0 && !p.cfg.Plain {
				return nil, io.EOF
			}
			return text, nil
		case rerr != nil:
			return text, rerr
		}
	}
}

// lastWords reads what the server has said before it closed a connection that
// we were still writing to, and returns it, or err.
func (p *pusher) lastWords(err error) error {
	if p.session.nc.SetReadDeadline(time.Now().Add(tick)) == nil {
		if text, _ := p.answer(); p.isRefusal(text) {
			return p.refused
		}
	}
	return err
}
