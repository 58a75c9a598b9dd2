package preface

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestOpeningRoundTrip(t *testing.T) {
	for _, o := range []Opening{
		{Framing: "u32", Handler: "echo"},
		{Framing: "length:width=4,order=le", Handler: "generate", Params: []Param{{"seed", "7"}, {"frame", "65536"}}},
	} {
		line := o.String()
		got, err := ParseOpening([]byte(strings.TrimSuffix(line, "\n")))
		if err != nil || !reflect.DeepEqual(got, o) {
			t.Errorf("%q: got %+v, %v", line, got, err)
		}
	}
}

func TestParseOpeningRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"LOADFRAME/2 framing=u32 handler=echo":            `version "2"`,
		"LOADFRAME/ framing=u32 handler=echo":             `version ""`,
		"LOADFRAME/1 framing=u32":                         "lacks",
		"LOADFRAME/1 framing=u32 handler=echo x":          `"x" is not key=value`,
		"LOADFRAME/1 framing=u32 framing=u8 handler=echo": "twice",
		"GET / HTTP/1.1":                                  "does not begin",
	} {
		if _, err := ParseOpening([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", line, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for in, want := range map[string][2]bool{
		"": {false, true}, "L": {false, true}, "LOADFRAME": {false, true},
		"LOADFRAME/": {true, false}, "LOADFRAME/9 x": {true, false},
		"SYN": {false, false}, "LOADFRAME1": {false, false}, "123456789012": {false, false},
	} {
		if yes, maybe := Match([]byte(in)); yes != want[0] || maybe != want[1] {
			t.Errorf("Match(%q) = %v, %v, want %v", in, yes, maybe, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	ps, err := ParseAnswer([]byte(strings.TrimSuffix(OK(Param{"max_frame", "5"}), "\n")))
	if err != nil || !reflect.DeepEqual(ps, []Param{{"max_frame", "5"}}) {
		t.Errorf("OK: %v, %v", ps, err)
	}
	if ps, err := ParseAnswer([]byte("OK")); err != nil || ps != nil {
		t.Errorf("bare OK: %v, %v", ps, err)
	}
	_, err = ParseAnswer([]byte("ERR no such handler"))
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "no such handler") {
		t.Errorf("ERR: %v", err)
	}
	for _, s := range []string{"", "OKAY", "HTTP/1.1 400 Bad Request"} {
		if _, err := ParseAnswer([]byte(s)); err == nil || errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestRefusalIsOneBoundedLine(t *testing.T) {
	for _, reason := range []string{"a\nb\r\x00c", strings.Repeat("x", 5000)} {
		line := Refusal(reason)
		if len(line) > MaxLine || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			t.Errorf("Refusal has %d bytes, %d line ends", len(line), strings.Count(line, "\n"))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("LOADFRAME/1 framing=u32 handler=echo"))
	f.Add([]byte("OK max_frame=5"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := ParseOpening(b); err == nil {
			again, err := ParseOpening([]byte(strings.TrimSuffix(o.String(), "\n")))
			if err != nil || !reflect.DeepEqual(o, again) {
				t.Errorf("%q: %+v does not survive: %+v, %v", b, o, again, err)
			}
		}
		ParseAnswer(b)
		Match(b)
	})
}
