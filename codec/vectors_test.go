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
	"uvarint":      uvarintDialect,
	"lines":        lineDialect,
	"delimiter":    delimDialect,
	"netstring":    netstringDialect,
	"fixed":        fixedDialect,
	"cobs":         plainDialect,
	"slip":         plainDialect,
	"http_chunked": plainDialect,
	"hdlc":         hdlcDialect,
}

// inexpressible are the vectors that a framing here cannot express, with the reason.
var inexpressible = map[string]string{}

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
	waiting, ran := map[string]int{}, map[string]int{}
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
		ran[v.Codec]++
		if v.Direction == "encode" {
			encoded++
			encodeVector(t, v, again, input)
		} else {
			decoded++
			cuts += decodeVector(t, v, again, input)
		}
	}
	t.Logf("%d vectors: %d decoded under %d cuts, %d encoded, %d not expressible", len(vectors), decoded, cuts, encoded, len(inexpressible))
	t.Logf("run: %v", ran)
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

// plainDialect is the framing that is called as the vectors call it, but for HTTP. They give it no parameters.
func plainDialect(v vector) (codec.Codec, error) {
	if len(v.Params) > 0 {
		return nil, fmt.Errorf("unknown parameters %v", v.Params)
	}
	return codec.Parse(strings.TrimPrefix(v.Codec, "http_"))
}

// hdlcDialect maps the size of the FCS: without the parameter there is none.
func hdlcDialect(v vector) (codec.Codec, error) {
	switch {
	case len(v.Params) == 0:
		return codec.HDLC{FCS: codec.NoFCS}, nil
	case len(v.Params) == 1 && v.Params["fcs"] == 16.0:
		return codec.HDLC{}, nil
	}
	return nil, fmt.Errorf("unknown parameters %v", v.Params)
}

// lengthDialect maps Netty's parameters. There, max_frame counts the whole frame with its header unless max_counts says that it
// counts the field, and the adjustment of an encoder is what is added to the payload's size.
func lengthDialect(v vector) (codec.Codec, error) {
	l := codec.Length{Width: v.integer("width"), Offset: v.integer("offset"), Adjust: v.integer("adjust")}
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
	l.Strip = v.integer("strip")
	l.Keep = l.Strip == 0
	l.Max = v.integer("max_frame") - l.Strip - len(l.Trailer)
	if v.Params["max_counts"] == "field" {
		l.Max += l.Offset + l.Width + l.Adjust
	}
	var err error
	if l.TooLong, err = v.tooLong(); err == nil {
		err = v.known("width", "offset", "adjust", "order", "signed", "trailer", "include_length", "strip", "max_frame", "max_counts", "on_too_long")
	}
	return l, errors.Join(err, l.Validate())
}

// known fails for a parameter that the dialect does not map.
func (v vector) known(keys ...string) error {
	for key := range v.Params {
		if !slices.Contains(keys, key) {
			return fmt.Errorf("unknown parameter %s", key)
		}
	}
	return nil
}

func (v vector) integer(key string) int {
	n, _ := v.Params[key].(float64)
	return int(n)
}

// tooLong maps the two ways to discard, which differ in when the error comes and not in the order of events.
func (v vector) tooLong() (codec.TooLong, error) {
	switch v.Params["on_too_long"] {
	case nil:
		return codec.Fatal, nil
	case "discard_fast", "discard_slow":
		return codec.Discard, nil
	}
	return 0, fmt.Errorf("on_too_long=%v", v.Params["on_too_long"])
}

func (v vector) tail() (codec.Tail, error) {
	switch v.Params["eof_tail"] {
	case nil:
		return codec.TailError, nil
	case "deliver":
		return codec.TailDeliver, nil
	case "drop":
		return codec.TailDrop, nil
	}
	return 0, fmt.Errorf("eof_tail=%v", v.Params["eof_tail"])
}

func uvarintDialect(v vector) (codec.Codec, error) {
	u := codec.Uvarint{Bytes: v.integer("max_bytes"), Bits: v.integer("max_bits"), Lead: v.integer("lead"), Max: v.integer("max_frame")}
	u.Minimal, _ = v.Params["minimal"].(bool)
	return u, errors.Join(u.Validate(), v.known("max_bytes", "max_bits", "lead", "max_frame", "minimal"))
}

// lineDialect maps lines that come with their ends, strip=false, to a delimiter that is kept. There max_frame does not count the line
// feed; here what is delivered is counted.
func lineDialect(v vector) (codec.Codec, error) {
	tooLong, err1 := v.tooLong()
	tail, err2 := v.tail()
	err := errors.Join(err1, err2, v.known("delims", "strip", "trim_cr", "max_frame", "on_too_long", "eof_tail"))
	if fmt.Sprint(v.Params["delims"]) != "[0a]" || v.Params["trim_cr"] != true {
		err = errors.New("not lines")
	}
	if v.Params["strip"] == false {
		d := codec.Delim{Sep: "\n", Keep: true, Tail: tail, Max: v.integer("max_frame") + 1, TooLong: tooLong}
		return d, errors.Join(err, d.Validate())
	}
	l := codec.Line{Tail: tail, Max: v.integer("max_frame"), TooLong: tooLong}
	return l, errors.Join(err, l.Validate())
}

func delimDialect(v vector) (codec.Codec, error) {
	tooLong, err := v.tooLong()
	d := codec.Delim{Max: v.integer("max_frame"), TooLong: tooLong, Keep: v.Params["strip"] == false}
	delims, _ := v.Params["delims"].([]any)
	for i, h := range delims {
		b, err := hex.DecodeString(fmt.Sprint(h))
		if err != nil {
			return nil, err
		}
		if i == 0 {
			d.Sep = string(b)
		} else {
			d.Also[i-1] = string(b)
		}
	}
	return d, errors.Join(err, d.Validate(), v.known("delims", "max_frame", "on_too_long", "strip"))
}

func netstringDialect(v vector) (codec.Codec, error) {
	s := codec.Netstring{Max: v.integer("max_frame")}
	return s, errors.Join(s.Validate(), v.known("max_frame"))
}

func fixedDialect(v vector) (codec.Codec, error) {
	f := codec.Fixed{Size: v.integer("size")}
	return f, errors.Join(f.Validate(), v.known("size"))
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
