package bench

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// compared are the framings of the tests: one of each kind, and those whose sizes have formulas of their own.
var compared = contenders("fixed:size=64", "u16", "u32", "uvarint", "netstring", "chunked", "line", "delim:sep=0d0a0d0a", "cobs", "slip", "hdlc",
	"u32+crc32c", "cobs+crc32c")

var otherFramings = contenders("u8", "u16le", "u24", "u64", "length:width=3,order=le,offset=2,adjust=-5,trailer=0d0a", "length:width=4,adjust=1,trailer=ce",
	"length:width=2,offset=1,strip=7", "uvarint:lead=1,bytes=4", "hdlc:fcs=none", "fixed+crc32c:size=64", "uvarint+crc32c", "netstring+crc32c",
	"chunked+crc32c", "line+crc32c", "delim+crc32c:sep=0d0a", "slip+crc32c", "hdlc+crc32c", "hdlc+crc32c:fcs=none", "u8+crc32c", "eof", "raw", "text")

func contenders(specs ...string) (cs []report.Contender) {
	for _, s := range specs {
		cs = append(cs, report.Contender{Name: s, Framing: s})
	}
	return cs
}

// What every framing puts on the wire is what theory says, to the byte, for every size and kind of payload; and no frame is longer than
// the bound of the specification, which is also what the codec says.
func TestOverheadIsTheoretical(t *testing.T) {
	refused := map[string]int{}
	rows, err := Overheads(append(compared, otherFramings...), 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := (len(compared) + len(otherFramings)) * len(overheadSizes) * 4; len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	for _, r := range rows {
		if r.Refused != "" {
			refused[r.Contender]++
			continue
		}
		if r.TheoryBytes == nil || r.WireBytes != *r.TheoryBytes {
			t.Errorf("%s, %d x %d bytes of %s: %d bytes on the wire, in theory %v", r.Contender, r.Messages, r.Size, r.Payload, r.WireBytes, value(r.TheoryBytes))
			continue
		}
		if exact, err := strconv.ParseFloat(strings.TrimPrefix(r.Exact, "="), 64); err != nil || exact != r.Mean {
			t.Errorf("%s, %d bytes of %s: mean %v, exact %q", r.Contender, r.Size, r.Payload, r.Mean, r.Exact)
		}
		if r.Worst > r.Bound || r.Mean > r.Worst*(1+1e-12) {
			t.Errorf("%s, %d bytes of %s: mean %v, worst %v, bound %v", r.Contender, r.Size, r.Payload, r.Mean, r.Worst, r.Bound)
		}
		c, err := codec.Parse(r.Contender)
		if err != nil {
			t.Fatal(err)
		}
		if bound := perByte(c.Bound(int(r.Size)), int(r.Size)); bound != r.Bound {
			t.Errorf("%s: Bound(%d) is %v a byte, in theory %v", r.Contender, r.Size, bound, r.Bound)
		}
	}
	// Random bytes hold a line feed; no bytes are fill in slip and the end in chunked, and no frame of fixed; 65536 is over a u16.
	for name, want := range map[string]int{"u32": 0, "cobs": 0, "uvarint": 0, "hdlc": 0, "cobs+crc32c": 0, "line": 8, "slip": 4, "chunked": 4, "fixed:size=64": 4, "u16": 8, "raw": 0} {
		if refused[name] != want {
			t.Errorf("%s refuses %d rows, want %d", name, refused[name], want)
		}
	}
}

func value(p *int64) any {
	if p == nil {
		return "unknown"
	}
	return *p
}

// The bound is met where the specification says that it can be: it is no guess far off.
func TestOverheadWorst(t *testing.T) {
	rows, err := Overheads(contenders("cobs", "slip", "u32", "netstring"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Payload == payloadWorst && r.Refused == "" && r.Worst != r.Bound {
			t.Errorf("%s, %d bytes: the worst payload takes %v, the bound is %v", r.Contender, r.Size, r.Worst, r.Bound)
		}
	}
}

// A codec that writes a byte too many is found out.
func TestOverheadSeesOneByte(t *testing.T) {
	th, err := theoryOf("u32")
	if err != nil {
		t.Fatal(err)
	}
	row := report.Overhead{Size: 100}
	if err := count(&row, contestant{"u32", longer{codec.Length{}}}, make([]byte, 100), th.wire); err != nil {
		t.Fatal(err)
	}
	if row.WireBytes != 105 || *row.TheoryBytes != 104 || row.Exact != "=1.04" {
		t.Errorf("%+v", row)
	}
}

type longer struct{ codec.Codec }

func (l longer) Append(dst, payload []byte) ([]byte, error) {
	dst, err := l.Codec.Append(dst, payload)
	return append(dst, 0), err
}

// The formulas are checked against encoders that do what the specifications say byte by byte, for payloads of every length around a
// block and every density of what is escaped.
func TestTheoryAgainstSpecification(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		spec   string
		encode func(p []byte) []byte
	}{{"cobs", cobsByByte}, {"slip", slipByByte}, {"hdlc", hdlcByByte}} {
		th, err := theoryOf(test.spec)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 1100 {
			p := make([]byte, n)
			rare := 1 + r.IntN(600)
			for i := range p {
				p[i] = byte(1 + r.IntN(100))
				if r.IntN(rare) == 0 {
					p[i] = []byte{0, 0xc0, 0xdb, 0x7e, 0x7d}[r.IntN(5)]
				}
			}
			if got, want := th.wire(p), len(test.encode(p)); got != want {
				t.Fatalf("%s: %d bytes are %d on the wire, by the formula %d: % x", test.spec, n, want, got, p)
			}
			if th.wire(p) > th.bound(n) {
				t.Fatalf("%s: %d bytes are %d on the wire, bound %d", test.spec, n, th.wire(p), th.bound(n))
			}
		}
	}
}

// cobsByByte is the encoder of Cheshire and Baker's paper, which spares the last code where a full block ends the payload.
func cobsByByte(p []byte) []byte {
	var out, block []byte
	for i, b := range p {
		if b != 0 {
			block = append(block, b)
		}
		if full := len(block) == 254; b == 0 || full {
			out = append(append(out, byte(len(block)+1)), block...)
			block = block[:0]
			if full && i == len(p)-1 {
				return append(out, 0)
			}
		}
	}
	return append(append(append(out, byte(len(block)+1)), block...), 0)
}

func slipByByte(p []byte) (out []byte) {
	for _, b := range p {
		switch b {
		case 0xc0:
			out = append(out, 0xdb, 0xdc)
		case 0xdb:
			out = append(out, 0xdb, 0xdd)
		default:
			out = append(out, b)
		}
	}
	return append(out, 0xc0)
}

func hdlcByByte(p []byte) []byte {
	fcs := uint16(0xffff)
	for _, b := range p {
		for bit := range 8 {
			carry := fcs&1 != uint16(b>>bit)&1
			if fcs >>= 1; carry {
				fcs ^= 0x8408
			}
		}
	}
	out := []byte{0x7e}
	for _, b := range append(bytes.Clone(p), byte(^fcs), byte(^fcs>>8)) {
		if b == 0x7e || b == 0x7d {
			out = append(out, 0x7d)
			b ^= 0x20
		}
		out = append(out, b)
	}
	return append(out, 0x7e)
}

func TestOverheadSeeded(t *testing.T) {
	cs := contenders("slip")
	one, _ := Overheads(cs, 1)
	again, _ := Overheads(cs, 1)
	other, _ := Overheads(cs, 2)
	if !reflect.DeepEqual(one, again) || reflect.DeepEqual(one, other) {
		t.Error("a seed does not decide on the payloads")
	}
	if _, err := Overheads(contenders("u33"), 1); err == nil {
		t.Error("took a framing that is none")
	}
}
