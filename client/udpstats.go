package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/loadframe/loadframe/internal/datagram"
)

// statsUDP asks a server about itself. Those listeners answer that serve files
// and sinks, command and sink; what another one says is an error.
func (s *session) statsUDP(c *Config) (st serverStats, err error) {
	s.run = newRun()
	question := func() []byte {
		r := datagram.Request{Token: s.token}
		return r.Append(datagram.Header{Kind: datagram.Stats, Run: s.run}.Append(nil))
	}
	err = s.ask(context.Background(), c, question, func(in []byte) (heard, error) {
		h, payload, err := datagram.Parse(in)
		switch {
		case err != nil || h.Run != s.run:
			return other, err
		case h.Kind == datagram.Token && len(payload) == datagram.TokenLen && s.token != [datagram.TokenLen]byte(payload):
			s.token = [datagram.TokenLen]byte(payload)
			return again, nil
		case h.Kind != datagram.Stats:
			return other, fmt.Errorf("a datagram of kind %d", h.Kind)
		}
		return answer, json.Unmarshal(payload, &st)
	})
	return st, err
}
