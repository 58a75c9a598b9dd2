package bench

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// theory is what the specification of a framing says about sizes on the wire, computed without the codec: from the spec's text, and
// where it matters from the content. It is there to be wrong when the codec is.
//
//	uN, length       head through the field, or strip; the trailer
//	uvarint          lead, and one byte for each seven bits of the length, at least one
//	netstring        decimal digits, a colon and a comma
//	chunked          hexadecimal digits and two line ends (RFC 9112, 7.1)
//	line, delim      the delimiter
//	cobs             one code for each run between zeros, one more for each 254 bytes of a run, and the end (Cheshire and Baker, 1999)
//	slip             one byte for each c0 and db, and the end (RFC 1055)
//	hdlc             two flags, the FCS-16, and one byte for each 7e and 7d in payload and FCS (RFC 1662)
//	+crc32c          four bytes of payload, or eight digits where the payload has to be text
//	fixed eof        nothing
type theory struct {
	wire  func(payload []byte) int // of this payload, exactly
	bound func(n int) int          // of any payload of n bytes
}

// theoryOf returns what is known of the framing of a spec. It fails for one that it has no formula for.
func theoryOf(spec string) (theory, error) {
	name, _, _ := strings.Cut(spec, ":")
	base, summed := strings.CutSuffix(name, "+crc32c")
	keys := keysOf(spec)
	t, ok := framings[base]
	switch {
	case strings.HasPrefix(base, "u") && base != "uvarint", base == "length":
		t, ok = plus(fieldTheory(base, keys)), true
	case base == "uvarint":
		lead := keys.integer("lead", 0)
		t = sized(func(n int) int { return lead + varintSize(n) })
	case base == "delim":
		t = plus(len(keys.hex("sep")))
		if keys.has("keep") {
			t = plus(0)
		}
		ok = !strings.Contains(keys["sep"], "/") // of several, the bound is another formula
	case base == "hdlc" && keys["fcs"] == "none":
		t = hdlcTheory(0)
	}
	if !ok {
		return t, fmt.Errorf("bench: no formula for the size of a frame of %s", spec)
	}
	if summed {
		t = withSum(t, base == "line" || base == "delim")
	}
	return t, nil
}

var framings = map[string]theory{
	"uvarint": {}, "delim": {}, // with keys of their own
	"netstring": sized(func(n int) int { return len(strconv.Itoa(n)) + 2 }),
	"chunked":   sized(func(n int) int { return len(strconv.FormatInt(int64(n), 16)) + 4 }),
	"fixed":     plus(0),
	"eof":       plus(0),
	"raw":       plus(0),
	"text":      plus(0),
	"line":      plus(1),
	"cobs":      {cobsWire, func(n int) int { return n + max(1, (n+253)/254) + 1 }},
	"slip": {
		func(p []byte) int { return len(p) + bytes.Count(p, []byte{0xc0}) + bytes.Count(p, []byte{0xdb}) + 1 },
		func(n int) int { return 2*n + 1 },
	},
	"hdlc": hdlcTheory(2),
}

// sized is a framing whose overhead depends on the length alone.
func sized(extra func(n int) int) theory {
	bound := func(n int) int { return n + extra(n) }
	return theory{func(p []byte) int { return bound(len(p)) }, bound}
}

// plus is a framing that always costs the same.
func plus(extra int) theory { return sized(func(int) int { return extra }) }

// fieldTheory is what a length field and all that is stripped with it takes.
func fieldTheory(name string, keys keyValues) int {
	width := keys.integer("width", 4)
	if bits, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "u"), "le")); err == nil {
		width = bits / 8
	}
	return keys.integer("strip", keys.integer("offset", 0)+width) + len(keys.hex("trailer"))
}

func varintSize(n int) int {
	size := 1
	for ; n > 127; n >>= 7 {
		size++
	}
	return size
}

// cobsWire counts the codes. The last run needs none for a zero behind it, so where it fills its blocks it has no empty one.
func cobsWire(p []byte) int {
	codes := 0
	for {
		zero := bytes.IndexByte(p, 0)
		if zero < 0 {
			break
		}
		codes += zero + 1 + zero/254
		p = p[zero+1:]
	}
	return codes + len(p) + max(1, (len(p)+253)/254) + 1
}

func hdlcTheory(fcs int) theory {
	return theory{
		func(p []byte) int {
			size := 2 + len(p) + fcs
			inside := [][]byte{p, binary.LittleEndian.AppendUint16(nil, fcsOf(p))[:fcs]}
			for _, part := range inside {
				size += bytes.Count(part, []byte{0x7e}) + bytes.Count(part, []byte{0x7d})
			}
			return size
		},
		func(n int) int { return 2*(n+fcs) + 2 },
	}
}

// fcsOf is the FCS-16 of RFC 1662 by the definition of its appendix C.2, with a table of its own.
func fcsOf(p []byte) uint16 {
	v := uint16(0xffff)
	for _, b := range p {
		v = v>>8 ^ fcsBytes[byte(v)^b]
	}
	return ^v
}

var fcsBytes = func() (table [256]uint16) {
	for b := range table {
		v := uint16(b)
		for range 8 {
			if v&1 != 0 {
				v = v>>1 ^ 0x8408
			} else {
				v >>= 1
			}
		}
		table[b] = v
	}
	return table
}()

// withSum is t with a CRC-32C behind each payload.
func withSum(t theory, digits bool) theory {
	size := 4
	if digits {
		size = 8
	}
	return theory{
		func(p []byte) int {
			sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
			if digits {
				sum = []byte(hex.EncodeToString(sum))
			}
			return t.wire(append(p[:len(p):len(p)], sum...))
		},
		func(n int) int { return t.bound(n + size) },
	}
}

// keyValues are the keys of a spec, read without the codec.
type keyValues map[string]string

func keysOf(spec string) keyValues {
	keys := keyValues{}
	_, list, _ := strings.Cut(spec, ":")
	for pair := range strings.SplitSeq(list, ",") {
		key, value, _ := strings.Cut(pair, "=")
		keys[key] = value
	}
	return keys
}

func (k keyValues) has(key string) bool {
	v, ok := k[key]
	return ok && v != "false"
}

// integer and hex read values that codec.Parse has accepted.
func (k keyValues) integer(key string, otherwise int) int {
	if n, err := strconv.Atoi(k[key]); err == nil {
		return n
	}
	return otherwise
}

func (k keyValues) hex(key string) []byte {
	first, _, _ := strings.Cut(k[key], "/")
	b, _ := hex.DecodeString(first)
	return b
}
