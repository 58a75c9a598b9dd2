package codec

import (
	"slices"
	"strings"
)

// table names every framing that Parse knows. A new one is a file of its own and a row here.
var table = []struct {
	name  string
	parse func(*args) (Codec, error)
}{
	{"u8", parseLength(Length{Width: 1})},
	{"u16", parseLength(Length{Width: 2})},
	{"u16le", parseLength(Length{Width: 2, Order: LittleEndian})},
	{"u24", parseLength(Length{Width: 3})},
	{"u32", parseLength(Length{Width: 4})},
	{"u32le", parseLength(Length{Width: 4, Order: LittleEndian})},
	{"u64", parseLength(Length{Width: 8})},
	{"length", parseLength(Length{})},
	{"uvarint", parseUvarint},
	{"netstring", parseNetstring},
	{"fixed", parseFixed},
	{"line", parseLine},
	{"delim", parseDelim},
	{"cobs", parseCOBS},
	{"slip", parseSLIP},
	{"hdlc", parseHDLC},
	{"chunked", parseChunked},
	{"eof", parseEOF},
	{"text", parseText},
	{"raw", parseRaw},
}

// Parse returns the codec that spec describes: "name" or "name:key=value,key=value". Sizes are written 4096, 64KiB, 16MiB or 1GiB,
// byte strings in hex. Every framing takes max=SIZE and toolong=fatal|discard; every one that tells where a frame ends takes +crc32c
// behind its name, for a checksum in each frame ([CRC32C]). The error is an ErrSpec that says what is allowed. Equal specifications
// give equal values; their dynamic type need not be the one of a literal such as [Length], so ask for interfaces, [Limiter] or
// [Enveloper], not for types.
//
//	u32
//	u16le:max=4KiB,toolong=discard
//	cobs+crc32c:max=4KiB
//	length:width=3,order=le,offset=2,adjust=-5,strip=0,trailer=0d0a
func Parse(spec string) (Codec, error) {
	name, keys, found := strings.Cut(spec, ":")
	inner, summed := strings.CutSuffix(name, crcSuffix)
	for _, row := range table {
		if row.name != inner {
			continue
		}
		a, err := parseArgs(keys, found)
		if err != nil {
			return nil, specErrorf("%s: %w", name, err)
		}
		c, err := row.parse(a)
		if err == nil {
			err = a.done()
		}
		if err == nil && summed {
			c, err = WithCRC32C(c)
		}
		if err != nil {
			return nil, specErrorf("%s: %s", spec, strings.TrimPrefix(err.Error(), ErrSpec.Error()+": "))
		}
		return parsedOf(c), nil
	}
	return nil, specErrorf("unknown framing %q: want one of %s", name, strings.Join(Names(), " "))
}

// Names returns the names that Parse knows, in the order of the documentation. The slice is the caller's.
func Names() []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = row.name
	}
	return names
}

func isName(name string) bool { return slices.Contains(Names(), name) }
