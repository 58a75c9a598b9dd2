package client

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// A read of frames ends where one does, if there is room for so much. The last of a file goes on, or a surplus would not be noticed.
func TestPullReadsUpToTheEndOfAFrame(t *testing.T) {
	const frame = 256 << 10
	for _, test := range []struct {
		what, framing, network string
		frame, held, room      int
		want                   int
		owed                   int64 // 0: more than there is room for
	}{
		{"four fit", "u32", "tcp", frame, 0, 1<<20 + 16 + cacheLine, 1<<20 + 16, 0},
		{"one is held in part", "u32", "tcp", frame, 1000, 1 << 20, 4*(frame+4) - 1000, 0},
		{"none ends in the room", "u32", "tcp", frame, 1000, 100 << 10, 100 << 10, 0},
		{"a frame as large as the room", "u32", "tcp", frame, 0, frame + 4, frame + 4, 0},
		{"small ones", "u32", "tcp", 64, 0, 1000, 14 * 68, 0},
		{"frames that differ", "cobs", "tcp", frame, 0, 1 << 20, 1 << 20, 0},
		{"unix, the first half", "u32", "unix", frame, 0, 1 << 20, unixRead, 0},
		{"unix, the second half", "u32", "unix", frame, unixRead, 1 << 20, unixRead + 4, 0},
		{"unix, frames that differ", "cobs", "unix", frame, 0, 1 << 20, unixRead, 0},
		{"unix, a tail", "delim:sep=ab", "unix", 1000, 0, 5000, 4 * 1001, 0},
		{"the last four", "u32", "tcp", frame, 0, 4*(frame+4) + cacheLine, 4*(frame+4) + cacheLine, 4 * frame},
		{"unix, the last half", "u32", "unix", frame, unixRead, 1 << 20, unixRead + unixRead/4, unixRead},
	} {
		c, err := codec.Parse(test.framing)
		if err != nil {
			t.Fatal(err)
		}
		wire, err := c.Append(nil, bytes.Repeat([]byte("x"), test.frame))
		if err != nil {
			t.Fatal(err)
		}
		p := &puller{worker: &worker{cfg: &Config{Network: test.network}, codec: c}}
		p.measure(test.frame)
		p.reader = codec.NewReader(io.MultiReader(bytes.NewReader(wire[:test.held]), iotest.ErrReader(os.ErrDeadlineExceeded)), c)
		if _, err := p.reader.Next(); err != os.ErrDeadlineExceeded || p.reader.Buffered() != test.held {
			t.Fatalf("%s: %d bytes are held, %v", test.what, p.reader.Buffered(), err)
		}
		if got := p.most(test.room, cmp.Or(test.owed, 1<<40)); got != test.want {
			t.Errorf("%s: %d of %d bytes, want %d", test.what, got, test.room, test.want)
		}
	}
}

// On a unix socket the payload of a frame lies as the content does in its page.
func TestPullIndent(t *testing.T) {
	p := &puller{worker: &worker{cfg: &Config{Network: "unix"}, content: pattern.Seeded(7)}}
	for p.got = 0; p.got < 4<<20; p.got += 99_991 {
		for _, head := range []int{0, 4, 100} {
			at := p.indent(head)
			if at < 0 || at >= cacheLine || (at+head-p.content.Run(p.got))%cacheLine != 0 {
				t.Errorf("the payload at %d, behind a head of %d, is indented by %d; in its page it lies at %d", p.got, head, at, p.content.Run(p.got))
			}
		}
	}
	p.cfg.Network = "tcp"
	if at := p.indent(4); at != 0 {
		t.Errorf("TCP: %d", at)
	}
}
