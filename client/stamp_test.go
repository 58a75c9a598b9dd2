package client_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
)

// A server whose clock is an hour ahead: the one-way delays are those of the
// path.
func TestStampTakesTheClocksOffsetOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const ahead = time.Hour
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		in := bufio.NewReader(nc)
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
		_, _ = io.WriteString(nc, "OK\n")
		head := make([]byte, 4)
		for {
			if _, err := io.ReadFull(in, head); err != nil {
				return
			}
			message := make([]byte, binary.BigEndian.Uint32(head))
			if _, err := io.ReadFull(in, message); err != nil {
				return
			}
			stamped := fmt.Appendf(nil, "[%d] %s", time.Now().Add(ahead).UnixNano(), message)
			_, _ = nc.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(stamped))), stamped...))
		}
	})
	res, err := client.Run(context.Background(), client.Config{Workload: client.Stamp, Addr: l.Addr().String(), Messages: 100}, client.Observer{})
	if err != nil || res.Up.TotalCount() != 100 {
		t.Fatal(err)
	}
	if off := res.Clock.Offset - ahead; off.Abs() > time.Minute || res.Up.Max() > int64(time.Minute) || res.Down.Max() > int64(time.Minute) || res.Up.Max() < 2 && res.Down.Max() < 2 {
		t.Errorf("offset %v, up at most %v, down at most %v", res.Clock.Offset, time.Duration(res.Up.Max()), time.Duration(res.Down.Max()))
	}
}
