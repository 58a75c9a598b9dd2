package codec_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// allocated returns the bytes that f allocates, at its best of three times: the
// count is the whole process's, and a collection in the middle brings some of
// its own.
func allocated(f func()) uint64 {
	least := ^uint64(0)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// pinned returns how many bytes *s keeps from the collector. It clears *s.
func pinned(s **codec.Stream) int64 {
	runtime.GC()
	runtime.GC()
	var with, without runtime.MemStats
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(*s)
	*s = nil
	runtime.GC()
	runtime.ReadMemStats(&without)
	return int64(with.HeapAlloc) - int64(without.HeapAlloc)
}

func TestIdleStreamIsSmall(t *testing.T) {
	c := codec.Codec(codec.Length{})
	const n = 1000
	keep := make([]*codec.Stream, n)
	total := allocated(func() {
		for i := range keep {
			keep[i] = codec.NewStream(c)
		}
	})
	t.Logf("%d bytes a stream", total/n)
	if total/n > 600 {
		t.Errorf("a Stream takes %d bytes", total/n)
	}
	runtime.KeepAlive(keep)
}

// The claim of a peer allocates nothing: memory grows from bytes that came.
func TestClaimedLengthAllocatesNothing(t *testing.T) {
	for _, max := range []int{codec.DefaultMax, codec.MaxMax} {
		c := codec.Length{Max: max}
		head := []byte{byte(max >> 24), byte(max >> 16), byte(max >> 8), byte(max)}
		n := allocated(func() {
			s := codec.NewStream(c)
			for range s.Feed(head) {
				t.Fatal("yielded something")
			}
			for range s.Feed([]byte("x")) {
				t.Fatal("yielded something")
			}
		})
		if n > 2<<10 {
			t.Errorf("4 bytes that claim %d made a Stream allocate %d", max, n)
		}
		n = allocated(func() {
			r := codec.NewReaderBuffer(strings.NewReader(string(head)+"x"), c, make([]byte, 16))
			if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
		})
		if n > 2<<10 {
			t.Errorf("4 bytes that claim %d made a Reader allocate %d", max, n)
		}
	}
}

// The same for the other framings: a few hostile bytes never make a Stream allocate more than a few KiB, its decoder included.
func TestFewBytesAllocateLittle(t *testing.T) {
	for _, test := range []struct{ spec, wire string }{
		{"uvarint", "\x80\x80\x80\x08"}, {"uvarint:max=1GiB", "\x80\x80\x80\x80"}, {"uvarint", "\xff\xff\xff\xff"},
		{"uvarint:max=1,toolong=discard", "\xff\xff\xff\x7f"}, {"netstring", "9999"}, {"netstring:max=1GiB", "9999999:"},
		{"netstring:max=1,toolong=discard", "999:"}, {"fixed:size=1GiB", "abcd"}, {"line", "abcd"}, {"line:max=1GiB", "\r\r\r\r"},
		{"delim:sep=61626364", "abca"}, {"delim:sep=0d0a/0a,max=1GiB", "\r\r\r\r"}, {"line:max=1,toolong=discard", "abcd"},
	} {
		c := parse(t, test.spec)
		n := allocated(func() {
			s := codec.NewStream(c)
			for _, piece := range codectest.Pieces([]byte(test.wire), 1) {
				for range s.Feed(piece) {
				}
			}
		})
		if n > 3<<10 {
			t.Errorf("%s: %q made a Stream allocate %d", test.spec, test.wire, n)
		}
	}
}

// The claim of a chunk is worth no more than the bytes that came.
func TestChunkClaim(t *testing.T) {
	n := allocated(func() {
		s := codec.NewStream(codec.Chunked{Max: codec.MaxMax})
		for range s.Feed([]byte("40000000\r\nabcd")) {
			t.Error("yielded something")
		}
	})
	if n > 4<<10 {
		t.Errorf("the claim of a chunk made a Stream allocate %d bytes", n)
	}
}

// A discarded frame passes through: a gigabyte of it holds nothing.
func TestDiscardHoldsNothing(t *testing.T) {
	var s *codec.Stream
	chunk := make([]byte, 64<<10)
	errs := 0
	n := allocated(func() {
		s, errs = codec.NewStream(codec.Length{Max: 10, TooLong: codec.Discard}), 0
		copy(chunk, "\x40\x00\x00\x00")
		for range 1 << 14 {
			for _, err := range s.Feed(chunk) {
				errs++
				if !errors.Is(err, codec.ErrTooLong) {
					t.Fatal(err)
				}
			}
			clear(chunk[:4])
		}
	})
	if errs != 1 || n > 4<<10 || s.Buffered() != 0 {
		t.Errorf("%d errors, %d bytes allocated, %d held", errs, n, s.Buffered())
	}
}

// An idle connection does not pin what its last big frame was unstuffed into, and a frame of half the limit holds no more than the limit.
func TestUnstuffedMemory(t *testing.T) {
	for _, spec := range []string{"cobs", "slip", "hdlc"} {
		c := parse(t, spec+":max=1MiB")
		payload := bytes.Repeat([]byte("\x00\xc0\x7e1234567"), 1<<20/10)
		wire, err := c.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		s := codec.NewStream(c)
		half := len(wire) / 2
		frames(t, s, wire[:half])
		if n := s.Buffered(); n < half/2 || n > len(payload) {
			t.Errorf("%s: says that it holds %d bytes of a frame of %d, half of which came", spec, n, len(payload))
		}
		got := frames(t, s, wire[half:])
		if len(got) != 1 || got[0] != string(payload) || s.Buffered() != 0 {
			t.Errorf("%s: %d frames, holds %d", spec, len(got), s.Buffered())
		}
		if d := pinned(&s); d > 8<<10 {
			t.Errorf("%s: an idle Stream pins %d bytes", spec, d)
		}
	}
}
