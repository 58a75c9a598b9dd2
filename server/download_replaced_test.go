package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// A file that another one replaces while it is sent is sent to its end as it was,
// and one that is mostly holes arrives with every zero and every byte between.
func TestDownloadOfAReplacedSparseFile(t *testing.T) {
	const size, mark = 48 << 20, "not a hole" // more than the sockets take
	root := t.TempDir()
	name := filepath.Join(root, "f")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	marks := []int64{0, 1<<20 - 3, size / 2, size - int64(len(mark))}
	for _, at := range marks {
		if _, err := f.WriteAt([]byte(mark), at); err != nil {
			t.Fatal(err)
		}
	}
	want := make([]byte, size)
	for _, at := range marks {
		copy(want[at:], mark)
	}
	for _, framing := range []string{"", "u32", "netstring+crc32c"} {
		t.Run(framing, func(t *testing.T) {
			s := servertest.Start(t, server.Config{Root: root})
			c := dial(t, s.Addr)
			var from io.Reader = c
			head := fmt.Sprintf("Sending f size: SpLiT%d", size)
			if framing == "" {
				send(t, c, "dl f\n")
			} else {
				cod, err := codec.Parse(framing)
				if err != nil {
					t.Fatal(err)
				}
				c = open(t, s.Addr, "framing="+framing+" handler=command")
				b, err := cod.Append(nil, []byte("dl f"))
				if err != nil {
					t.Fatal(err)
				}
				send(t, c, string(b))
				from = payloads(t, cod, c)
			}
			got := make([]byte, len(head)+1)
			if _, err := io.ReadFull(from, got); err != nil || string(got) != head+mark[:1] {
				t.Fatalf("%q, %v", got, err)
			}
			other := name + ".new"
			if err := errors.Join(os.WriteFile(other, []byte("another"), 0o600), os.Rename(name, name+".old"), os.Rename(other, name)); err != nil {
				t.Fatal(err)
			}
			rest := make([]byte, size-1)
			if n, err := io.ReadFull(from, rest); err != nil || !bytes.Equal(rest, want[1:]) {
				t.Errorf("%d bytes, %v, equal %t", n, err, bytes.Equal(rest, want[1:]))
			}
			if err := os.Rename(name+".old", name); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// payloads reads the payloads of frames, one after the other.
func payloads(t *testing.T, cod codec.Codec, from io.Reader) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { r.Close() })
	go func() {
		stream, chunk := codec.NewStream(cod), make([]byte, 64<<10)
		for {
			n, err := from.Read(chunk)
			for frame, bad := range stream.Feed(chunk[:n]) {
				if bad != nil {
					err = bad
					break
				}
				if _, bad := w.Write(frame); bad != nil {
					return
				}
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
		}
	}()
	return r
}
