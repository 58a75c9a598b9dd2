package client

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/loadframe/loadframe/codec"
)

// dialAtOnce is how many connections are opened at a time: the listen backlog
// is finite, and a SYN that it drops costs a second.
const dialAtOnce = 64

// dialAll opens the connections that there are not yet. If one cannot be, it
// closes all.
func dialAll(ctx context.Context, c *Config, cod codec.Codec, sessions []session) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(dialAtOnce, len(sessions)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(sessions) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if sessions[i].nc != nil {
					continue
				}
				s, err := dial(ctx, c, cod, c.connection(i))
				if err != nil {
					cancel(fmt.Errorf("client: %w", err))
					return
				}
				sessions[i] = s
			}
		})
	}
	wg.Wait()
	err := context.Cause(ctx)
	if err != nil {
		closeAll(sessions)
	}
	return err
}

func closeAll(sessions []session) {
	for i, s := range sessions {
		if s.nc != nil {
			s.nc.Close()
			sessions[i] = session{}
		}
	}
}
