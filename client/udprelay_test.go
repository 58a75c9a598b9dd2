package client

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// udpRelay stands between client and server, datagram by datagram. do is told of
// each numbered one of the run (Data; Echo and what answers it), up or down, and
// returns what is passed on: nothing, the same, more of it. It is called by one
// goroutine a direction.
type udpRelay struct {
	do func(up bool, sequence uint64, b []byte) [][]byte
}

// numbered returns the sequence of a datagram of a run. The questions before a
// run are none of it: they are told by who comes first.
func numbered(b []byte) (datagram.Header, bool) {
	if i := strings.Index(string(b[:min(len(b), 32)]), "] LF\x00"); i > 0 {
		b = b[i+2:] // behind a stamp
	}
	h, _, err := datagram.Parse(b)
	return h, err == nil && (h.Kind == datagram.Data || h.Kind == datagram.Echo && h.Total > 0)
}

func (r udpRelay) start(t testing.TB, to string) string {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.DialUDP("udp", nil, a)
	if err != nil {
		t.Fatal(err)
	}
	_ = front.SetReadBuffer(4 << 20)
	_ = back.SetReadBuffer(4 << 20)
	var wg sync.WaitGroup
	t.Cleanup(func() { front.Close(); back.Close(); wg.Wait() })
	var mu sync.Mutex
	var client net.Addr
	clients := map[uint64]net.Addr{} // by their runs: a duplex has two sockets
	receipts := -1                   // after that of the question before the run
	pass := func(up bool, b []byte, write func([]byte)) {
		h, ok := numbered(b)
		if !up && len(b) == ackSize && string(b[:4]) == ackText {
			h.Sequence, ok = uint64(receipts), receipts >= 0
			receipts++
		}
		if !ok {
			write(b)
			return
		}
		for _, out := range r.do(up, h.Sequence, append([]byte(nil), b...)) {
			write(out)
		}
	}
	wg.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := front.ReadFrom(buf)
			if err != nil {
				return
			}
			h, _ := numbered(buf[:n])
			mu.Lock()
			client, clients[h.Run] = from, from
			mu.Unlock()
			pass(true, buf[:n], func(b []byte) { _, _ = back.Write(b) })
		}
	})
	wg.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := back.Read(buf)
			if err != nil {
				return
			}
			h, _ := numbered(buf[:n])
			mu.Lock()
			to := client
			if h.Run != 0 && clients[h.Run] != nil {
				to = clients[h.Run]
			}
			mu.Unlock()
			pass(false, buf[:n], func(b []byte) { _, _ = front.WriteTo(b, to) })
		}
	})
	return front.LocalAddr().String()
}

// harm loses, swaps and repeats known datagrams, in one direction: of each
// hundred the tenth is lost, the 20th and the 21st change places, the 30th comes
// twice, the 40th again after the 43rd; also the very last is lost if last is its number.
type harm struct {
	up   bool
	last uint64
	held [2][]byte
}

func (h *harm) do(up bool, n uint64, b []byte) [][]byte {
	if up != h.up {
		return [][]byte{b}
	}
	switch n % 100 {
	case 10:
		return nil
	case 20:
		h.held[0] = b
		return nil
	case 21:
		return [][]byte{b, h.held[0]}
	case 30:
		return [][]byte{b, b}
	case 40:
		h.held[1] = b
	case 43:
		return [][]byte{b, h.held[1]}
	}
	if n == h.last {
		return nil
	}
	return [][]byte{b}
}

// distrustful answers every request first with a token, and serves only who
// returns it: the first answer to each kind is lost besides.
func distrustful(t *testing.T, n uint64) (addr string, bad func() string) {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { c.Close(); wg.Wait() })
	var mu sync.Mutex
	var wrong string
	token := [datagram.TokenLen]byte{7, 8, 9}
	wg.Go(func() {
		buf := make([]byte, 64<<10)
		asked := map[datagram.Kind]int{}
		var count datagram.Tracker
		for {
			k, from, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			h, payload, _ := datagram.Parse(buf[:k])
			answer := func(kind datagram.Kind, sequence uint64, payload []byte) {
				out := datagram.Header{Kind: kind, Run: h.Run, Sequence: sequence, Sent: time.Now().UnixNano()}.Append(nil)
				_, _ = c.WriteToUDPAddrPort(append(out, payload...), from)
			}
			switch asked[h.Kind]++; h.Kind {
			case datagram.Sink, datagram.File:
				r, _ := datagram.ParseRequest(payload)
				switch {
				case asked[h.Kind] == 1 && h.Kind == datagram.Sink: // lost
				case r.Token != token:
					answer(datagram.Token, 0, token[:])
				case h.Kind == datagram.Sink:
					answer(datagram.Accepted, 0, nil)
				default:
					answer(datagram.Accepted, n, nil)
					for i := range n {
						d := datagram.Header{Kind: datagram.Data, Run: h.Run, Sequence: i, Offset: i * 8, Sent: time.Now().UnixNano()}.Append(nil)
						_, _ = c.WriteToUDPAddrPort(binary.BigEndian.AppendUint64(d, i), from)
					}
					// Its end is lost.
				}
			case datagram.Data:
				count.Add(h.Sequence, len(payload), time.Duration(time.Now().UnixNano()-h.Sent))
			case datagram.Report:
				if asked[h.Kind]%3 != 1 {
					r := count.Receipt()
					answer(datagram.Report, h.Sequence, r.Append(nil))
				}
			case datagram.Echo:
				answer(datagram.Echo, h.Sequence, payload)
			case datagram.Stop:
			default:
				mu.Lock()
				wrong = fmt.Sprintf("kind %d", h.Kind)
				mu.Unlock()
			}
		}
	})
	return c.LocalAddr().String(), func() string { mu.Lock(); defer mu.Unlock(); return wrong }
}

// silentAfter passes everything on until gone, and nothing after it.
func silentAfter(t *testing.T, to string, gone <-chan struct{}) string {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := net.ResolveUDPAddr("udp", to)
	back, err := net.DialUDP("udp", nil, a)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { front.Close(); back.Close(); wg.Wait() })
	peer := make(chan net.Addr, 1)
	pump := func(read func([]byte) (int, error), write func([]byte)) {
		buf := make([]byte, 64<<10)
		for {
			n, err := read(buf)
			if err != nil {
				return
			}
			select {
			case <-gone:
			default:
				write(buf[:n])
			}
		}
	}
	wg.Go(func() {
		pump(func(b []byte) (int, error) {
			n, from, err := front.ReadFrom(b)
			select {
			case peer <- from:
			default:
			}
			return n, err
		}, func(b []byte) { _, _ = back.Write(b) })
	})
	wg.Go(func() {
		var client net.Addr
		pump(back.Read, func(b []byte) {
			if client == nil {
				client = <-peer
			}
			_, _ = front.WriteTo(b, client)
		})
	})
	return front.LocalAddr().String()
}
