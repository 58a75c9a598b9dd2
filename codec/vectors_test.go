package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/codec/codectest"
)

// vector is one line of testdata/framing.json: bytes, where to cut them, and what independent implementations make of them.
type vector struct {
	Name      string
	Codec     string
	Direction string
	Params    map[string]any
	Input     string `json:"input_hex"`
	Chunks    []int
	Events    []string
}

// classes are the error names of the vectors.
var classes = []struct {
	name string
	err  error
}{
	{"too_long", codec.ErrTooLong}, {"bad_length", codec.ErrBadLength}, {"bad_frame", codec.ErrBadFrame},
	{"bad_trailer", codec.ErrBadTrailer}, {"bad_escape", codec.ErrBadEscape}, {"bad_checksum", codec.ErrBadChecksum},
	{"truncated", io.ErrUnexpectedEOF},
}

func class(err error) string {
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return "e:" + c.name
		}
	}
	return "e:? " + err.Error()
}

func outline(events []codectest.Event) []string {
	var out []string
	for _, e := range events {
		if e.Err != nil {
			out = append(out, class(e.Err))
		} else {
			out = append(out, e.String())
		}
	}
	return out
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/framing.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	decoded, encoded, cuts := 0, 0, 0
	ran := map[string]int{}
	for _, v := range vectors {
		dialect, ok := dialects[v.Codec]
		if !ok {
			t.Errorf("%s: no framing is called %s", v.Name, v.Codec)
			continue
		}
		c, err := dialect(v)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		input, err := hex.DecodeString(v.Input)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		// The spec is as good as the value.
		again, err := codec.Parse(c.String())
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		ran[v.Codec]++
		if v.Direction == "encode" {
			encoded++
			encodeVector(t, v, again, input)
		} else {
			decoded++
			cuts += decodeVector(t, v, again, input)
		}
	}
	t.Logf("%d vectors: %d decoded under %d cuts, %d encoded", len(vectors), decoded, cuts, encoded)
	t.Logf("run: %v", ran)
	if decoded == 0 || encoded == 0 {
		t.Error("no vectors were run")
	}
}

func encodeVector(t *testing.T, v vector, c codec.Codec, input []byte) {
	t.Helper()
	wire, err := c.Append(nil, input)
	got := "f:" + hex.EncodeToString(wire)
	if err != nil {
		got = class(err)
	}
	if got != v.Events[0] {
		t.Errorf("%s: %s: got %s, want %s", v.Name, c, got, v.Events[0])
	}
}

// decodeVector runs a vector cut as it says, whole, byte by byte and at every two-way cut, and with loops left early.
func decodeVector(t *testing.T, v vector, c codec.Codec, input []byte) (cuts int) {
	t.Helper()
	ways := [][][]byte{codectest.Cut(input, v.Chunks...), {input}, codectest.Pieces(input, 1)}
	for i := range input {
		ways = append(ways, codectest.Cut(input, i))
	}
	for _, chunks := range ways {
		for _, leave := range []bool{false, true} {
			got := outline(codectest.Events(t, c, chunks, leave))
			if codec.End(c) != nil && (len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "e:")) {
				got = append(got, "end") // the explicit end came: without it the stream is truncated
			}
			if !slices.Equal(got, v.Events) {
				t.Errorf("%s: %s, in chunks %x: got %v, want %v", v.Name, c, chunks, got, v.Events)
				return cuts
			}
		}
		cuts++
	}
	return cuts
}

// What the encoder writes for an encode vector decodes to its input again.
func TestVectorsBack(t *testing.T) {
	for _, l := range []codec.Length{{Width: 1}, {Adjust: -4}, {Adjust: 1}, {Order: codec.LittleEndian}} {
		payload := []byte("Az")
		wire, err := l.Append(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		got := codectest.Events(t, l, [][]byte{wire}, false)
		if len(got) != 1 || !bytes.Equal(got[0].Frame, payload) {
			t.Errorf("%s: %x became %v", l, wire, got)
		}
	}
}
