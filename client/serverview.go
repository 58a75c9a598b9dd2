package client

import (
	"context"
	"time"

	"github.com/loadframe/loadframe/internal/preface"
)

// ServerView is what the server has counted of the sessions of one instance
// (Config.Instance): wire bytes behind the preface, and frames.
type ServerView struct {
	Conns      int64 `json:"conns"`    // open still: the counts are not final
	Sessions   int64 `json:"sessions"` // opened
	BytesIn    int64 `json:"bytes_in"`
	BytesOut   int64 `json:"bytes_out"`
	PayloadIn  int64 `json:"payload_in"`
	PayloadOut int64 `json:"payload_out"`
	FramesIn   int64 `json:"frames_in"`
	FramesOut  int64 `json:"frames_out"`
}

// aside returns a configuration for a connection beside those of the run.
func (c *Config) aside() Config {
	return Config{Network: c.Network, Addr: c.Addr, Timeout: min(c.Timeout, statsPatience), Socket: Socket{Bind: c.Socket.Bind}}
}

// askView asks the server what it has counted of this instance, when the
// sessions have ended there too. It returns nil if nobody asked, or the server
// does not tell.
func askView(ctx context.Context, c *Config) *ServerView {
	if c.Instance == "" || c.Plain {
		return nil
	}
	o := c.aside()
	o.Handler, o.sizes = "stats", constantSize(1)
	o.workload = &workload{open: func(*Config, int) opening {
		return opening{params: []preface.Param{{Key: "instance", Value: c.Instance}}}
	}}
	s, err := dial(ctx, &o, statsFraming, 0)
	if err != nil {
		return nil
	}
	a := &aboutServer{s: s}
	defer a.close()
	for until := time.Now().Add(statsPatience); ; time.Sleep(time.Millisecond) {
		st := a.ask()
		if a.broken || len(st.Instances) != 1 {
			return nil
		}
		if v := &st.Instances[0]; v.Conns == 0 || time.Now().After(until) {
			return v
		}
	}
}

// askClock estimates by how much the server's clock is ahead, on a connection of
// its own. Samples is 0 if nobody asked or the server does not tell.
func askClock(ctx context.Context, c *Config) ClockOffset {
	if !c.AskClock || c.Plain || c.udp() {
		return ClockOffset{}
	}
	o := c.aside()
	o.Workload = Stamp
	o, cod, err := o.Resolve()
	if err != nil {
		return ClockOffset{}
	}
	s, err := dial(ctx, &o, cod, 0)
	if err != nil {
		return ClockOffset{}
	}
	defer s.nc.Close()
	best, err := calibrate(&o, cod, s)
	if err != nil {
		return ClockOffset{}
	}
	return best
}
