package server_test

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// eventually waits for a state that needs no more than the other side's
// goroutines to be scheduled.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			tb.Fatalf("not reached: %s", what)
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond) // polls a state; nothing depends on its length
	}
}

// patiently tries with longer and longer times what a machine that stands still
// for as long as one makes another failure of. try returns an error for what may
// come of that alone; what time has no part in, it tells tb at once.
func patiently(tb testing.TB, d time.Duration, try func(time.Duration) error) {
	tb.Helper()
	for ; ; d *= 4 {
		err := try(d)
		if err == nil {
			return
		}
		if d > 10*time.Second {
			tb.Fatalf("with %v: %v", d, err)
		}
		tb.Logf("with %v: %v", d, err)
	}
}

// workers are the goroutines that gnet keeps for some seconds after it took
// connections; accept.go bounds how many it has.
const workers = 70

// A thousand peers that ask for 1 GiB each and never read cost a parked
// goroutine each, no work, and nothing once they are gone.
func TestPeersThatNeverRead(t *testing.T) {
	const peers = 1000
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	warm := dial(t, p.Addr)
	send(t, warm, "300000\n") // the runtime's own first allocations
	expect(t, warm, "file_prepared")
	warm.Close()
	eventually(t, "warm-up connection gone", func() bool { return p.Usage(t).Server.Conns == 0 })
	before := p.Usage(t)

	conns := make([]net.Conn, 0, peers)
	stall := func(n int) servertest.Usage {
		for len(conns) < n {
			c := dial(t, p.Addr)
			conns = append(conns, c)
			send(t, c, "LOADFRAME/1 framing=u32 handler=generate\n\x00\x00\x00\x0a1073741824")
		}
		settled := server.Stats{}
		eventually(t, "every peer on the lane, none of them moving", func() bool {
			last := settled
			settled = p.Usage(t).Server
			return settled.Lanes == int64(n) && settled.Writes == last.Writes
		})
		return p.Usage(t)
	}
	first := stall(peers / 4) // bring what there is once: threads, gnet's workers, room in tables
	stalled := stall(peers)
	memory := (stalled.Heap + stalled.Stack - first.Heap - first.Stack) / int64(peers-peers/4)
	t.Logf("%d B of heap and stack a connection, %d goroutines", memory, stalled.Goroutines-before.Goroutines)
	limit := int64(12 << 10)
	if raced {
		limit += 4 << 10 // the detector makes every frame of a stack larger
	}
	if memory > limit {
		t.Errorf("%d bytes a stalled connection, want at most %d", memory, limit)
	}

	// Others are served meanwhile, and the stalled ones are not even looked at.
	other := dial(t, p.Addr)
	// On a slow machine the last of them may stall only now.
	eventually(t, "100 writes for 100 replies, and no stalled connection tried again", func() bool {
		before := p.Usage(t).Server.Writes
		for range 100 {
			send(t, other, "hello\n")
			expect(t, other, "hello\n")
		}
		return p.Usage(t).Server.Writes-before <= 100
	})

	for _, c := range conns {
		c.Close()
	}
	other.Close()
	eventually(t, "descriptors and goroutines as before", func() bool {
		u := p.Usage(t)
		return u.Server.Conns == 0 && u.Files <= before.Files && u.Goroutines <= before.Goroutines+workers
	})
}

// Peers that write and never read are not read from either, once their replies
// do not fit.
func TestPeersThatWriteAndNeverRead(t *testing.T) {
	const peers = 20
	p := servertest.StartProcess(t, servertest.Loadframe, 1, server.Limits{})
	before := p.Usage(t)
	block := make([]byte, 64<<10)
	copy(block, "\x00\x00\xff\xfc") // one frame
	written := make(chan int64)
	var conns []net.Conn
	for range peers {
		c := dial(t, p.Addr)
		conns = append(conns, c)
		send(t, c, "LOADFRAME/1 framing=u32 handler=echo\n")
		go func() {
			n := int64(0)
			for {
				k, err := c.Write(block)
				if n += int64(k); err != nil {
					written <- n
					return
				}
			}
		}()
	}
	var u servertest.Usage
	eventually(t, "every peer on the lane, and nothing moving: both directions are full", func() bool {
		last := u.Server
		time.Sleep(50 * time.Millisecond) // between looks; a slow machine has more of them
		u = p.Usage(t)
		return u.Server.Lanes == peers && u.Server.BytesIn == last.BytesIn && u.Server.Writes == last.Writes
	})
	sum := int64(0)
	for _, c := range conns {
		c.SetWriteDeadline(time.Unix(1, 0))
		sum += <-written
	}
	memory := (u.Heap + u.Stack - before.Heap - before.Stack) / peers
	t.Logf("%d MiB taken from the peers, %d KiB of heap and stack for each", sum>>20, memory>>10)
	// A chunk, the replies to one, and a stack.
	if limit := int64(512 << 10); memory > limit {
		t.Errorf("%d bytes a peer that writes and never reads, want at most %d", memory, limit)
	}
}
