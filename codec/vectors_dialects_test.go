package codec_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loadframe/loadframe/codec"
)

// dialects turns the parameters of a vector into a framing, by the vector's codec name.
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
