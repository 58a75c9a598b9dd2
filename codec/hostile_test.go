package codec_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// Each of these inputs broke a decoder that is in use: it panicked, allocated what was claimed, wedged or never came back.
func TestHostile(t *testing.T) {
	for _, test := range []struct {
		name, spec, wire string
		want             string
	}{
		{"all ones", "u32", "\xff\xff\xff\xff", "e:too_long"},
		{"top bit of eight bytes", "u64", "\x80\x00\x00\x00\x00\x00\x00\x03abc", "e:too_long"},
		{"greatest int64", "u64", "\x7f\xff\xff\xff\xff\xff\xff\xffabc", "e:too_long"},
		{"all ones of eight bytes", "u64", "\xff\xff\xff\xff\xff\xff\xff\xff", "e:too_long"},
		{"all ones, adjusted", "u64:adjust=9", "\xff\xff\xff\xff\xff\xff\xff\xff", "e:too_long"},
		{"all ones, adjusted, discarded", "u64:adjust=9,toolong=discard", "\xff\xff\xff\xff\xff\xff\xff\xffabc", "e:too_long e:truncated"},
		{"negative", "u32:signed", "\xff\xff\xff\xff", "e:bad_length"},
		{"most negative", "u64:signed", "\x80\x00\x00\x00\x00\x00\x00\x00", "e:bad_length"},
		{"length inside its own head", "u16:adjust=-2", "\x00\x01abc", "e:bad_length"},
		{"length inside its own head, discard", "u16:adjust=-2,toolong=discard", "\x00\x01abc", "e:bad_length"},
		{"strip beyond the frame", "u16:strip=4", "\x00\x01z", "e:bad_length"},
		{"trailer beyond the frame", "u16:strip=0,trailer=0d0a", "\x00\x01\x0d\x0a", "e:bad_length"},
		{"zero lengths, a flood", "u8", strings.Repeat("\x00", 5), "f: f: f: f: f:"},
		{"one byte over, then a frame", "u8:max=1,toolong=discard", "\x02ab\x01c", "e:too_long f:63"},
		{"over, cut short", "u8:max=1,toolong=discard", "\x03ab", "e:too_long e:truncated"},
		{"over, nothing of it", "u8:max=1,toolong=discard", "\x02", "e:too_long e:truncated"},
		{"nothing but newlines", "text", "\n\n", "f:0a f:0a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, n := range []int{1, 3, 1000} {
				got := outline(codectest.Events(t, parse(t, test.spec), codectest.Pieces([]byte(test.wire), n), false))
				if strings.Join(got, " ") != test.want {
					t.Errorf("pieces of %d: got %v, want %s", n, got, test.want)
				}
			}
		})
	}
}

// An endless line is messages of 64 KiB, and never more than that is held.
func TestEndlessLine(t *testing.T) {
	line := []byte(strings.Repeat("x", 3*codec.TextMax+5))
	for _, n := range []int{len(line), 64, 4096} {
		var sizes []int
		for _, e := range codectest.Events(t, codec.Text{}, codectest.Pieces(line, n), false) {
			sizes = append(sizes, len(e.Frame))
		}
		if len(sizes) != 4 || sizes[0] != codec.TextMax || sizes[3] != 5 {
			t.Errorf("pieces of %d: got messages of %v bytes", n, sizes)
		}
	}
}

// A wrong peer is named, and no cut changes what is said about it.
func TestWrongPeer(t *testing.T) {
	for wire, want := range map[string]string{
		"GET / HTTP/1.1\r\n":                   "looks like HTTP",
		"HTTP/1.1 400 Bad":                     "looks like HTTP",
		"POST / HTTP/1.1":                      "looks like HTTP",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc": "looks like TLS",
		"SSH-2.0-OpenSSH":                      "looks like SSH",
	} {
		for _, n := range []int{1, 100} {
			events := codectest.Events(t, codec.Length{}, codectest.Pieces([]byte(wire), n), false)
			if len(events) != 1 || !strings.Contains(events[0].String(), want) {
				t.Errorf("%q: got %v, want %s", wire, events, want)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	events := codectest.Events(t, codec.Length{Max: 1 << 20}, [][]byte{{0, 0x10, 0, 1}}, false)
	if got := events[0].Err.Error(); got != "codec: frame too long: 1048577 bytes, limit 1048576" {
		t.Error(got)
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
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

// A discarded frame passes through: a gigabyte of it holds nothing.
func TestDiscardHoldsNothing(t *testing.T) {
	s := codec.NewStream(codec.Length{Max: 10, TooLong: codec.Discard})
	chunk := make([]byte, 64<<10)
	copy(chunk, "\x40\x00\x00\x00")
	errs := 0
	n := allocated(func() {
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
