package client

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

func TestSizes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sizes")
	if err := os.WriteFile(file, []byte("# sizes\n10\n\n1KiB\n30\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const n = 100_000
	for _, c := range []struct {
		spec     string
		min, max int
		mean     float64
		median   int
	}{
		{"uniform:100..300", 100, 300, 200, 200},
		{"lognormal:512,1", 1, 1 << 20, 512 * math.Exp(0.5), 512},
		{"lognormal:100,0", 100, 100, 100, 100},
		{"bimodal:100,9000,0.25", 100, 9000, 2325, 100},
		{"file:" + file, 10, 1024, 354.67, 30},
	} {
		s, err := parseSizes(c.spec, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		s.seed = 3
		all := make([]int, n)
		sum := 0.0
		for i := range all {
			all[i] = s.at(int64(i))
			sum += float64(all[i])
		}
		first := slices.Clone(all[:100])
		slices.Sort(all)
		if all[0] < c.min || all[n-1] > c.max {
			t.Errorf("%s: from %d to %d, want %d to %d", c.spec, all[0], all[n-1], c.min, c.max)
		}
		for name, got := range map[string]float64{"mean": sum / n, "its own mean": s.mean} {
			if math.Abs(got/c.mean-1) > 0.02 {
				t.Errorf("%s: %s %v, want %v", c.spec, name, got, c.mean)
			}
		}
		if m := float64(all[n/2]); math.Abs(m/float64(c.median)-1) > 0.02 {
			t.Errorf("%s: median %v, want %v", c.spec, m, c.median)
		}
		again, _ := parseSizes(c.spec, 1<<20)
		again.seed = 3
		for i := range first {
			if again.at(int64(i)) != first[i] {
				t.Fatalf("%s: message %d has another size", c.spec, i)
			}
		}
	}
	if s, err := parseSizes("lognormal:1000,3", 4096); err != nil || s.max != 4096 || s.mean > 4096 {
		t.Errorf("not clipped: %+v, %v", s, err)
	}
	longest := filepath.Join(t.TempDir(), "longest") // a comment of as many bytes as a line may have
	if err := os.WriteFile(longest, []byte("7\n#"+strings.Repeat("x", maxSizeLine-1)+"\n8"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := parseSizes("file:"+longest, 1<<20); err != nil || s.min != 7 || s.max != 8 {
		t.Errorf("a line of as many bytes as there may be: %+v, %v", s, err)
	}
	long := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(long, []byte("7\n\n#"+strings.Repeat("x", maxSizeLine)+"\n8"), 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"file:" + long: "line 3: over the limit of 65536 bytes",
		"gauss:1,2":    "unknown distribution", "uniform:5": "uniform:A..B", "uniform:9..5": "9 is more than 5", "uniform:0..5": "1 to",
		"lognormal:5": "MEDIAN,SIGMA", "lognormal:5,x": "sigma", "lognormal:5,NaN": "sigma", "bimodal:1,2": "A,B,PART", "bimodal:1,2,3": "0 to 1",
		"file:/nowhere/x": "no such file", "file:" + os.DevNull: "no size", "lognormal:2M,1": "over the limit",
	} {
		if _, err := parseSizes(spec, 1<<20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", spec, err, want)
		}
	}
}

// picky refuses payloads with certain bytes, and doubles another: a framing
// with delimiters and one with escapes.
type picky struct {
	codec.Raw
	never  string
	escape byte
}

var errPicky = errors.New("delimiter in payload")

func (p picky) Append(dst, payload []byte) ([]byte, error) {
	if p.never != "" && bytes.Contains(payload, []byte(p.never)) {
		return dst, errPicky
	}
	return append(dst, bytes.ReplaceAll(payload, []byte{p.escape}, []byte{p.escape, p.escape})...), nil
}

func (picky) Delimits() bool { return true }

func TestContentIsWhatTheFramingCarries(t *testing.T) {
	for _, size := range []int{1, 64, 1000, 100_000} {
		s := constantSize(size)
		for _, never := range []string{"\n", "\r\n", "x", "load "} {
			if len(never) > size {
				continue
			}
			p := picky{never: never}
			content, err := newContent("", p, &s)
			if err != nil {
				t.Fatalf("size %d, never %q: %v", size, never, err)
			}
			b := make([]byte, 1<<20)
			c := content(5)
			c.ReadAt(b, 0)
			if bytes.Contains(b[:60_000], []byte(never)) {
				t.Errorf("size %d: the content has %q", size, never)
			}
			if i := c.Check(0, b); i >= 0 {
				t.Errorf("content differs from itself at %d", i)
			}
		}
		// What was asked for is not replaced.
		if _, err := newContent(PayloadText, picky{never: "\n"}, &s); err == nil || !errors.Is(err, errPicky) {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

func TestRefusalNamesTheByte(t *testing.T) {
	file := filepath.Join(t.TempDir(), "payload")
	b := bytes.Repeat([]byte("abcdefgh"), 1000)
	b[4321] = '\n'
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 64, 1000, 5000} {
		s := constantSize(size)
		_, err := newContent("file:"+file, picky{never: "\n"}, &s)
		if err == nil || !strings.Contains(err.Error(), "byte 4321 is 0x0a") || !errors.Is(err, errPicky) {
			t.Errorf("size %d: %v", size, err)
		}
	}
	s := constantSize(64)
	for payload, want := range map[string]string{"nonsense": "unknown payload", "file:/nowhere/x": "no such file", "file:" + os.DevNull: "empty"} {
		if _, err := newContent(payload, codec.Raw{}, &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", payload, err, want)
		}
	}
}

func TestWorstContent(t *testing.T) {
	s := constantSize(64)
	for _, c := range []struct {
		cod  codec.Codec
		want byte
	}{{picky{escape: 0xdb}, 0xdb}, {picky{escape: 'x', never: "\n"}, 'x'}} {
		content, err := newContent(PayloadWorst, c.cod, &s)
		if err != nil {
			t.Fatal(err)
		}
		if got := content(1).Slice(0, 10); !bytes.Equal(got, bytes.Repeat([]byte{c.want}, 10)) {
			t.Errorf("%x, want %x everywhere", got, c.want)
		}
	}
	u32, err := codec.Parse("u32")
	if err != nil {
		t.Fatal(err)
	}
	if got := worstByte(u32, &s); got != 0 {
		t.Errorf("u32: %#x, want 0: the payload looks like heads", got)
	}
}
