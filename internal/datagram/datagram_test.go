package datagram

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// The bytes on the wire are a contract with builds of another age.
func TestLayout(t *testing.T) {
	got := Header{Kind: Data, Run: 0x0102030405060708, Sequence: 9, Offset: 0xa00, Total: 1 << 63, Sent: -2}.Append(nil)
	const want = "4c460001" + "08000000" + "0102030405060708" + "0000000000000009" + "0000000000000a00" + "8000000000000000" + "fffffffffffffffe"
	if hex.EncodeToString(got) != want {
		t.Errorf("header\n%x, want\n%s", got, want)
	}
	got = Request{Token: [TokenLen]byte{1, 23: 24}, Seed: 2, Rate: 3, Interval: 4, Size: 5}.Append(nil)
	const request = "01" + "00000000000000000000000000000000000000000000" + "18" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "00000005"
	if hex.EncodeToString(got) != request {
		t.Errorf("request\n%x, want\n%s", got, request)
	}
	r := Receipt{1, 2, 3, 4, 5, 6, 7, -8, 9, 10, 11, WrongAt(0x0c0d0e, 0x0f)}
	got = r.Append(nil)
	if back, err := ParseReceipt(got); len(got) != ReceiptLen || got[7] != 1 || got[56] != 0xff || got[79] != 10 || got[87] != 11 || got[93] != 0x0d || got[95] != 0x0f || back != r || err != nil {
		t.Errorf("receipt %x, read back as %+v, %v", got, back, err)
	}
	if HeaderLen+ReceiptLen > 3*HeaderLen {
		t.Error("a report is more than three times what asks for it")
	}
}

func TestParseRefuses(t *testing.T) {
	good := Header{Kind: Echo}.Append(nil)
	change := func(at int, b byte) []byte {
		c := bytes.Clone(good)
		c[at] = b
		return c
	}
	for _, tc := range []struct {
		in   []byte
		want string
	}{
		{nil, "no header"},
		{[]byte("LF"), "no header"},
		{[]byte("LFA and text"), "begins with 4c 46 41"},
		{good[:HeaderLen-1], "header cut off: 47 of 48 bytes"},
		{change(3, 2), "version 2 is not spoken here, only 1"},
		{change(6, 7), "reserved bytes are 00 07 00"},
	} {
		if _, _, err := Parse(tc.in); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Parse(%q): %v, want %q", tc.in, err, tc.want)
		}
	}
	if _, err := ParseRequest(make([]byte, RequestLen+1)); err == nil || !strings.Contains(err.Error(), "request of 53 bytes, want 52") {
		t.Error(err)
	}
	if _, err := ParseReceipt(nil); err == nil || !strings.Contains(err.Error(), "receipt of 0 bytes, want 96") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Request{Size: 1}.Append(Header{Kind: File, Run: 1}.Append(nil)))
	f.Add(Receipt{Lost: 1}.Append(Header{Kind: Report}.Append(nil)))
	f.Add([]byte("LF\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, payload, err := Parse(in)
		if err != nil {
			return
		}
		if out := append(h.Append(nil), payload...); !bytes.Equal(out, in) {
			t.Fatalf("%x parsed and appended is %x", in, out)
		}
		if r, err := ParseRequest(payload); err == nil && !bytes.Equal(r.Append(nil), payload) {
			t.Fatalf("request %x parsed and appended is %x", payload, r.Append(nil))
		}
		if r, err := ParseReceipt(payload); err == nil && !bytes.Equal(r.Append(nil), payload) {
			t.Fatalf("receipt %x parsed and appended is %x", payload, r.Append(nil))
		}
	})
}

func TestDelays(t *testing.T) {
	var k Tracker
	for i, d := range []time.Duration{5, -3, 10} {
		k.Add(uint64(i), 1, d)
	}
	if r := k.Receipt(); r.DelayMin != -3 || r.DelayMax != 10 || r.DelayMean != 4 || r.Highest != 2 {
		t.Errorf("%+v", r)
	}
	k.ForgetDelays()
	if r := k.Receipt(); r.DelayMin != 0 || r.DelayMax != 0 || r.DelayMean != 0 || r.Jitter != 0 || r.Received != 3 {
		t.Errorf("forgotten: %+v", r)
	}
	k.Add(3, 1, 1000)
	k.Add(4, 1, 1160)
	k.Add(5, 1, 840)
	if r := k.Receipt(); r.DelayMin != 840 || r.DelayMax != 1160 || r.DelayMean != 1000 || r.Received != 6 {
		t.Errorf("afterwards: %+v", r)
	}
}

// The jitter is RFC 3550's, of what comes in order, whatever the clocks say.
func TestJitter(t *testing.T) {
	for _, offset := range []time.Duration{0, -time.Hour, 3 * time.Second} {
		var k Tracker
		want, last := 0.0, time.Duration(0)
		for i, d := range []time.Duration{1000, 1160, 840, 840, 2440} {
			if i > 0 {
				want += (float64(max(d-last, last-d)) - want) / 16
			}
			last = d
			k.Add(uint64(2*i), 1, d+offset)
		}
		k.Add(3, 1, time.Minute) // one that was overtaken
		if got := k.Receipt().Jitter; got != time.Duration(want) || got < 100 {
			t.Errorf("jitter %v, want %v", got, time.Duration(want))
		}
	}
}

func TestWrongByte(t *testing.T) {
	for _, offset := range []int64{0, 1, 1 << 54} {
		r := Receipt{Wrong: WrongAt(offset, 0)}
		if at, got, ok := r.WrongByte(); at != offset || got != 0 || !ok {
			t.Errorf("%d, %d, %v of offset %d", at, got, ok, offset)
		}
	}
	if _, _, ok := (Receipt{}).WrongByte(); ok {
		t.Error("a receipt that tells of no wrong byte has one")
	}
}
