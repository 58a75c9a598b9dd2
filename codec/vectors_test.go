package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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

// dialects turns the parameters of a vector into a framing, by the vector's codec name. A vector whose codec is not here belongs to
// a framing that does not exist yet: it is counted, not run.
var dialects = map[string]func(vector) (codec.Codec, error){
	"length_field": lengthDialect,
}

// inexpressible are the vectors that a framing here cannot express, with the reason.
var inexpressible = map[string]string{}

// classes are the error names of the vectors.
var classes = []struct {
	name string
	err  error
}{
	{"too_long", codec.ErrTooLong}, {"bad_length", codec.ErrBadLength}, {"bad_frame", codec.ErrBadFrame},
	{"bad_trailer", codec.ErrBadTrailer}, {"truncated", io.ErrUnexpectedEOF},
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
	waiting := map[string]int{}
	for _, v := range vectors {
		dialect, ok := dialects[v.Codec]
		if !ok {
			waiting[v.Codec]++
			continue
		}
		if reason, ok := inexpressible[v.Name]; ok {
			t.Logf("not expressible: %s: %s", v.Name, reason)
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
		if v.Direction == "encode" {
			encoded++
			encodeVector(t, v, again, input)
		} else {
			decoded++
			cuts += decodeVector(t, v, again, input)
		}
	}
	t.Logf("%d vectors: %d decoded under %d cuts, %d encoded, %d not expressible", len(vectors), decoded, cuts, encoded, len(inexpressible))
	t.Logf("for framings that do not exist yet: %v", waiting)
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
			if got := outline(codectest.Events(t, c, chunks, leave)); !slices.Equal(got, v.Events) {
				t.Errorf("%s: %s, in chunks %x: got %v, want %v", v.Name, c, chunks, got, v.Events)
				return cuts
			}
		}
		cuts++
	}
	return cuts
}

// lengthDialect maps Netty's parameters. There, max_frame counts the whole frame with its header unless max_counts says that it
// counts the field, and the adjustment of an encoder is what is added to the payload's size.
func lengthDialect(v vector) (codec.Codec, error) {
	integer := func(key string) int {
		n, _ := v.Params[key].(float64)
		return int(n)
	}
	l := codec.Length{Width: integer("width"), Offset: integer("offset"), Adjust: integer("adjust")}
	if v.Params["order"] == "little" {
		l.Order = codec.LittleEndian
	}
	l.Signed, _ = v.Params["signed"].(bool)
	if trailer, ok := v.Params["trailer"].(string); ok {
		b, err := hex.DecodeString(trailer)
		if err != nil {
			return nil, err
		}
		l.Trailer = string(b)
	}
	if v.Direction == "encode" {
		l.Adjust = -l.Adjust
		if v.Params["include_length"] == true {
			l.Adjust -= l.Width
		}
		return l, l.Validate()
	}
	l.Strip = integer("strip")
	l.Keep = l.Strip == 0
	l.Max = integer("max_frame") - l.Strip - len(l.Trailer)
	if v.Params["max_counts"] == "field" {
		l.Max += l.Offset + l.Width + l.Adjust
	}
	switch v.Params["on_too_long"] {
	case nil:
	case "discard_fast", "discard_slow": // they differ in when the error comes, not in the order of events
		l.TooLong = codec.Discard
	default:
		return nil, fmt.Errorf("on_too_long=%v", v.Params["on_too_long"])
	}
	for key := range v.Params {
		if !strings.Contains(" width offset adjust order signed trailer include_length strip max_frame max_counts on_too_long ", " "+key+" ") {
			return nil, fmt.Errorf("unknown parameter %s", key)
		}
	}
	return l, l.Validate()
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
