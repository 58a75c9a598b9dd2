package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/loadframe/loadframe/internal/record"
)

// ReceiveRecords takes records from datagrams, one each, and calls record for
// each and bad for each datagram that holds none, all in its own goroutine. It
// answers nothing, and returns nil when ctx ends. The socket stays the caller's.
func ReceiveRecords(ctx context.Context, pc net.PacketConn, take func(Record), bad func(net.Addr, error)) error {
	defer context.AfterFunc(ctx, func() { _ = pc.SetReadDeadline(time.Unix(1, 0)) })()
	buf := make([]byte, record.Limit+1) // one more, to see that one is too long
	for {
		n, peer, err := pc.ReadFrom(buf)
		now := time.Now()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("client: %w", err)
		}
		r, err := record.Parse(buf[:n])
		if err != nil {
			bad(peer, err)
			continue
		}
		take(Record{Peer: peer, Arrived: now, Record: r})
	}
}
