package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
	"github.com/loadframe/loadframe/internal/report"
)

// How many hostile neighbours there are, and what each does in a step. Floods
// are paced: all contenders suffer the same.
const (
	neighbours    = 4
	neighbourStep = time.Millisecond
	floodBytes    = 1 << 10
	claimBytes    = 1 << 20
	neighbourWait = 10 * time.Second // for an answer to the preface
)

// neighbour is what a hostile peer sends behind its preface.
type neighbour struct {
	once   []byte // to begin with
	step   []byte // every step; nil: silence
	single bool   // one byte of it a step, in turn
	deaf   bool   // it reads nothing
	hasted bool   // steps do not wait: as much as the server takes
}

// neighbourKinds says what a neighbour of each kind sends in a framing, or why
// the framing is safe from it.
var neighbourKinds = []struct {
	name string
	of   func(codec.Codec) (neighbour, string)
}{
	{"claim", claim}, {"head", endlessHead}, {"dribble", dribble}, {"flood", flood}, {"deaf", deaf},
}

func neighbourNames() (names []string) {
	for _, k := range neighbourKinds {
		names = append(names, k.name)
	}
	return names
}

func setNeighbour(p *report.Point, value string) error {
	for _, k := range neighbourKinds {
		if k.name == value {
			p.Neighbour = value
			return nil
		}
	}
	return fmt.Errorf("the neighbours are %s", strings.Join(neighbourNames(), ", "))
}

func neighbourFor(kind string, cod codec.Codec) (n neighbour, refused string) {
	for _, k := range neighbourKinds {
		if k.name == kind {
			return k.of(cod)
		}
	}
	return n, "no such neighbour"
}

// framed returns a frame of about n bytes of payload.
func framed(cod codec.Codec, n int) []byte {
	n = min(n, codec.Max(cod))
	wire, err := cod.Append(nil, bytes.Repeat([]byte("x"), n))
	if err != nil { // fixed: of its size alone
		wire, _ = cod.Append(nil, bytes.Repeat([]byte("x"), codec.Max(cod)))
	}
	return wire
}

// claim sends the first bytes of the longest frame that the framing has, up to
// 1 MiB, and then nothing.
func claim(cod codec.Codec) (neighbour, string) {
	wire := framed(cod, claimBytes)
	return neighbour{once: wire[:min(16, len(wire)-1)]}, ""
}

// endlessHead sends a head that never ends; where a frame has no head, a frame
// that never ends. Whoever is cut off for it comes again.
func endlessHead(cod codec.Codec) (neighbour, string) {
	name, _, _ := strings.Cut(cod.String(), ":")
	switch strings.TrimSuffix(name, "+crc32c") {
	case "uvarint":
		return neighbour{step: bytes.Repeat([]byte{0x80}, floodBytes)}, ""
	case "netstring":
		return neighbour{step: bytes.Repeat([]byte{'1'}, floodBytes)}, ""
	case "chunked":
		return neighbour{once: []byte("1;"), step: bytes.Repeat([]byte{'x'}, floodBytes)}, ""
	case "line", "delim", "cobs", "slip", "hdlc":
		return neighbour{step: bytes.Repeat([]byte{'x'}, floodBytes)}, ""
	}
	return neighbour{}, "its head has a fixed size: it cannot be endless"
}

// dribble sends one byte of a frame each step.
func dribble(cod codec.Codec) (neighbour, string) {
	return neighbour{step: framed(cod, claimBytes), single: true}, ""
}

// flood sends the shortest frames that there are, empty ones if the framing has
// them, and reads what comes back.
func flood(cod codec.Codec) (neighbour, string) {
	wire, err := cod.Append(nil, nil)
	if err != nil || len(wire) == 0 {
		wire = framed(cod, 1)
	}
	return neighbour{step: bytes.Repeat(wire, max(1, floodBytes/len(wire)))}, ""
}

// deaf asks for more and more echoes and reads none.
func deaf(cod codec.Codec) (neighbour, string) {
	wire := framed(cod, 64)
	return neighbour{step: bytes.Repeat(wire, max(1, 16*floodBytes/len(wire))), deaf: true, hasted: true}, ""
}

// besiege connects the neighbours, and returns what ends them and waits for
// their end.
func besiege(ctx context.Context, addr string, cod codec.Codec, kind string) (end func(), err error) {
	n, refused := neighbourFor(kind, cod)
	if refused != "" {
		return nil, fmt.Errorf("bench: neighbour %s: %s", kind, refused)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	end = func() { cancel(); wg.Wait() }
	for range neighbours {
		c, err := openSession(ctx, addr, cod)
		if err != nil {
			end()
			return nil, err
		}
		wg.Go(func() {
			for {
				n.attack(ctx, c)
				if ctx.Err() != nil {
					return
				}
				select { // cut off: come again, but not at once
				case <-ctx.Done():
					return
				case <-time.After(10 * neighbourStep):
				}
				if c, err = openSession(ctx, addr, cod); err != nil {
					return // the server has had enough of it
				}
			}
		})
	}
	return end, nil
}

// attack returns when ctx is over, or the server has closed the connection.
func (n neighbour) attack(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	var wg sync.WaitGroup
	defer wg.Wait()
	gone := make(chan struct{})
	if !n.deaf {
		wg.Go(func() { _, _ = io.Copy(io.Discard, c); close(gone) })
		defer c.Close() // before the wait
	}
	if _, err := c.Write(n.once); err != nil {
		return
	}
	every := time.NewTicker(neighbourStep)
	defer every.Stop()
	for i := 0; ; i++ {
		if !n.hasted {
			select {
			case <-ctx.Done():
				return
			case <-gone:
				return
			case <-every.C:
			}
		}
		step := n.step
		if n.single {
			step = step[i%len(step):][:1]
		}
		if _, err := c.Write(step); err != nil {
			return
		}
	}
}

// openSession connects to the echo of a server of ours.
func openSession(ctx context.Context, addr string, cod codec.Codec) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	o := preface.Opening{Framing: cod.String(), Handler: "echo"}
	_ = c.SetDeadline(time.Now().Add(neighbourWait))
	if _, err = io.WriteString(c, o.String()); err == nil {
		_, err = readAnswer(c)
	}
	_ = c.SetDeadline(time.Time{})
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("bench: opening a session of %s: %w", cod, err)
	}
	return c, nil
}

// readAnswer reads the line that answers a preface, and no byte behind it.
func readAnswer(c net.Conn) ([]preface.Param, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < preface.MaxLine; line = append(line, b[0]) {
		if _, err := io.ReadFull(c, b); err != nil {
			return nil, err
		}
		if b[0] == '\n' {
			return preface.ParseAnswer(line)
		}
	}
	return nil, fmt.Errorf("an answer of more than %d bytes", preface.MaxLine)
}
