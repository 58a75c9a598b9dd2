package codec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

func TestParse(t *testing.T) {
	for spec, want := range map[string]struct {
		canonical string
		max       int
	}{
		"length": {"u32", codec.DefaultMax},
		"length:width=4,order=be,offset=0,strip=4": {"u32", codec.DefaultMax},
		"length:width=2,order=le":                  {"u16le", 65535},
		"length:width=8,order=le":                  {"length:width=8,order=le", codec.DefaultMax},
		"length:width=5":                           {"length:width=5", codec.DefaultMax},
		"u8:adjust=-1":                             {"u8:adjust=-1", 254},
		"u8:adjust=1":                              {"u8:adjust=1", 256},
		"u8:signed":                                {"u8:signed", 127},
		"u8:signed=false":                          {"u8", 255},
		"u16:strip=0":                              {"u16:strip=0", 65537},
		"u32:max=16777216":                         {"u32", codec.DefaultMax},
		"u32:max=1GiB":                             {"u32:max=1GiB", 1 << 30},
		"u64:max=4096,toolong=discard":             {"u64:max=4KiB,toolong=discard", 4096},
		"u32:max=1000,toolong=fatal":               {"u32:max=1000", 1000},
		"length:trailer=0D0a,offset=2,head=cafe,strip=1": {"u32:offset=2,head=cafe,strip=1,trailer=0d0a", codec.DefaultMax},
		"raw":                           {"raw", codec.DefaultMax},
		"raw:max=64KiB,toolong=discard": {"raw:max=64KiB", 64 << 10},
		"text":                          {"text", 64 << 10},
		"text:max=1MiB":                 {"text", 64 << 10},
		"text:max=80":                   {"text:max=80", 80},
		"uvarint":                       {"uvarint", codec.DefaultMax},
		"uvarint:bytes=5,bits=32":       {"uvarint", codec.DefaultMax},
		"uvarint:bytes=4,lead=1,head=30,max=1GiB":            {"uvarint:bytes=4,lead=1,head=30,max=1GiB", 1<<28 - 1},
		"uvarint:bits=7,bytes=10,minimal,toolong=discard":    {"uvarint:bytes=10,bits=7,minimal,toolong=discard", 127},
		"uvarint:bits=64,bytes=10,max=1GiB":                  {"uvarint:bytes=10,bits=64,max=1GiB", 1 << 30},
		"fixed:size=4":                                       {"fixed:size=4", 4},
		"fixed:size=64KiB,max=1MiB,toolong=fatal":            {"fixed:size=64KiB", 64 << 10},
		"netstring:max=99,toolong=discard":                   {"netstring:max=99,toolong=discard", 99},
		"line:cr=drop,tail=error":                            {"line", codec.DefaultMax},
		"line:cr=keep,tail=deliver,max=1KiB,toolong=discard": {"line:cr=keep,tail=deliver,max=1KiB,toolong=discard", 1024},
		"delim:sep=0D0A":                                     {"delim:sep=0d0a", codec.DefaultMax},
		"delim:sep=0d0a/0a,keep,tail=drop,max=2":             {"delim:sep=0d0a/0a,keep,tail=drop,max=2", 2},
		"delim:sep=00/01/02/03/04/05/06/07":                  {"delim:sep=00/01/02/03/04/05/06/07", codec.DefaultMax},
		"cobs:max=16MiB,toolong=fatal":                       {"cobs", codec.DefaultMax},
		"slip:toolong=discard,max=4096":                      {"slip:max=4KiB,toolong=discard", 4096},
		"hdlc:fcs=16,max=1":                                  {"hdlc:max=1", 1},
		"hdlc:fcs=none":                                      {"hdlc:fcs=none", codec.DefaultMax},
		"chunked:max=1KiB":                                   {"chunked:max=1KiB", 1024},
		"eof":                                                {"eof", codec.DefaultMax},
		"length+crc32c:order=le":                             {"u32le+crc32c", codec.DefaultMax},
		"u8+crc32c":                                          {"u8+crc32c", 251},
		"u8+crc32c:max=254":                                  {"u8+crc32c:max=254", 251},
	} {
		c, err := codec.Parse(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if c.String() != want.canonical || codec.Max(c) != want.max {
			t.Errorf("%s is %s with max %d, want %s with %d", spec, c, codec.Max(c), want.canonical, want.max)
		}
		if again := parse(t, c.String()); again.String() != c.String() || codec.Max(again) != codec.Max(c) {
			t.Errorf("%s parses as %s", c, again)
		}
	}
	required := map[string]string{"fixed": ":size=1", "delim": ":sep=0a"}
	for _, name := range codec.Names() {
		name += required[name]
		if c := parse(t, name); c.String() != name && name != "length" {
			t.Errorf("%s is %s", name, c)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"":                                       "unknown framing",
		"U32":                                    "unknown framing",
		"u32+crc":                                "unknown framing",
		"u32:":                                   "empty key",
		"u32:max=1,,":                            "empty key",
		"u32:max=1,max=2":                        "twice",
		"u32:width=4":                            "unknown key width: want one of offset head adjust",
		"text:sep=0a":                            "unknown key sep: want one of max toolong",
		"length:width=0":                         "width=0: want 1 to 8",
		"length:width=9":                         "width=9: want 1 to 8",
		"length:order=middle":                    "order=middle: want be or le",
		"length:offset=-1":                       "offset=-1",
		"length:trailer=0":                       "trailer=0: want bytes in hex",
		"length:trailer=":                        "trailer=: want bytes in hex",
		"length:signed=maybe":                    "signed=maybe",
		"length:head=aa":                         "head is 1 bytes, offset=0",
		"length:width=1,adjust=-256":             "no frame fits",
		"u8:max=1,adjust=2000":                   "no frame fits",
		"u32:max=0":                              "max=0: want a size from 1 to 1GiB",
		"u32:max=2GiB":                           "max=2GiB",
		"u32:max=-1":                             "max=-1",
		"u32:max=1k":                             "max=1k",
		"u32:max=KiB":                            "max=KiB",
		"u32:max=9999999999999999999999GiB":      "max=9",
		"u32:toolong=ignore":                     "toolong=ignore: want fatal or discard",
		"uvarint:bytes=0":                        "bytes=0: want 1 to 10",
		"uvarint:bits=65":                        "bits=65: want 1 to 64",
		"uvarint:head=30":                        "head is 1 bytes, lead=0",
		"fixed":                                  "size is missing",
		"fixed:size=0":                           "size=0: want a size from 1 to 1GiB",
		"fixed:size=":                            "size=: want a size from 1 to 1GiB",
		"fixed:size=2GiB":                        "size=2GiB: want a size from 1 to 1GiB",
		"fixed:size=11,max=10":                   "size=11: want no more than max=10",
		"netstring:width=1":                      "unknown key width: want one of max toolong",
		"line:cr=lf":                             "cr=lf: want drop or keep",
		"line:tail=keep":                         "tail=keep: want error or deliver or drop",
		"delim":                                  "sep is missing",
		"delim:sep=":                             "sep=: want bytes in hex",
		"delim:sep=0a/":                          "sep=0a/: want bytes in hex",
		"delim:sep=0a/0a":                        "0a lies inside 0a",
		"delim:sep=0d/0d0a":                      "sep=0d/0d0a: 0d lies inside 0d0a",
		"delim:sep=61626364/6263":                "6263 lies inside 61626364",
		"delim:sep=0d0a,keep,max=1":              "max=1: no room for a delimiter of 2 bytes",
		"delim:sep=00/01/02/03/04/05/06/07/08":   "no more than 8 delimiters",
		"delim:sep=" + strings.Repeat("61", 256): "a delimiter of 256 bytes, at most 255",
	} {
		c, err := codec.Parse(spec)
		if !errors.Is(err, codec.ErrSpec) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %s", spec, c, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, l := range []codec.Length{{Width: -1}, {Width: 9}, {Max: -1}, {Max: codec.MaxMax + 1}, {Offset: -1}, {Order: 2}, {TooLong: 2},
		{Keep: true, Strip: 1}, {Strip: -1}, {Trailer: strings.Repeat("x", 256)}, {Adjust: codec.MaxMax + 1}} {
		if err := l.Validate(); !errors.Is(err, codec.ErrSpec) {
			t.Errorf("%#v: %v", l, err)
		}
	}
	for _, v := range []interface{ Validate() error }{
		codec.Uvarint{Bytes: -1}, codec.Uvarint{Bytes: 11}, codec.Uvarint{Bits: 65}, codec.Uvarint{Lead: -1}, codec.Uvarint{Head: "x"},
		codec.Uvarint{Max: -1}, codec.Uvarint{TooLong: 2}, codec.Fixed{}, codec.Fixed{Size: -1}, codec.Netstring{Max: -1},
		codec.Netstring{TooLong: 2}, codec.Line{Max: -1}, codec.Line{Tail: 3}, codec.Line{TooLong: 2}, codec.Delim{}, codec.Delim{Sep: "x", Max: -1},
		codec.Delim{Sep: "x", Tail: 3}, codec.Delim{Sep: "x", TooLong: 2}, codec.Delim{Also: [7]string{"x"}},
	} {
		if err := v.Validate(); !errors.Is(err, codec.ErrSpec) {
			t.Errorf("%#v: %v", v, err)
		}
	}
	for _, v := range []interface{ Validate() error }{codec.Length{}, codec.Uvarint{}, codec.Netstring{}, codec.Line{}} {
		if err := v.Validate(); err != nil {
			t.Errorf("%#v: %v", v, err)
		}
	}
}

func TestWithMax(t *testing.T) {
	for _, test := range []struct {
		spec      string
		max, want int
	}{{"u32", 100, 100}, {"u32:max=10", 1 << 20, 1 << 20}, {"u8", 1 << 20, 255}, {"text", 1 << 20, codec.TextMax}, {"text", 10, 10}, {"raw", 5, 5},
		{"uvarint:bytes=1", 1000, 127}, {"netstring", 10, 10}, {"line", 10, 10}, {"delim:sep=0a", 10, 10}, {"fixed:size=10", 11, 10}} {
		c, err := codec.WithMax(parse(t, test.spec), test.max)
		if err != nil || codec.Max(c) != test.want {
			t.Errorf("%s with max %d: %v %v", test.spec, test.max, c, err)
		}
	}
	if c, err := codec.WithMax(codec.Fixed{Size: 10}, 9); !errors.Is(err, codec.ErrSpec) {
		t.Errorf("frames of 10 bytes with a limit of 9: %v %v", c, err)
	}
	for _, max := range []int{0, -1, codec.MaxMax + 1} {
		if c, err := codec.WithMax(codec.Length{}, max); err == nil {
			t.Errorf("max %d: %s", max, c)
		}
	}
}

// Length is comparable, and equal framings parse to equal values.
func TestComparable(t *testing.T) {
	if parse(t, "length:width=2,strip=2") != parse(t, "u16") {
		t.Error("length:width=2,strip=2 is not u16")
	}
}
