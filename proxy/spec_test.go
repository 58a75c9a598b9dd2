package proxy

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseSpec(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "none"},
		{"none", "none"},
		{"delay=0", "none"},
		{"seed=7", "seed=7"},
		{"delay=20ms,jitter=5ms,rate=10Mbit", "delay=20ms,jitter=5ms,rate=10Mbit/s"},
		{"dist=uniform,jitter=1,delay=1", "delay=1s,jitter=1s"},
		{"delay=20ms,jitter=5ms,dist=normal", "delay=20ms,jitter=5ms,dist=normal"},
		{"slice=1448,flip=1/MiB,seed=7", "slice=1448,flip=1/MiB,seed=7"},
		{"slice=1..1448,gap=1ms", "slice=1..1448,gap=1ms"},
		{"slice=1..1", "slice=1"},
		{"rate=1MB/s,burst=64K", "rate=8Mbit/s,burst=64KiB"},
		{"drop=3/64KiB,insert=1k/1G,dup=1/1,duplen=16", "drop=3/64KiB,insert=1000/GiB,dup=1/1,duplen=16"},
		{"flip=@100/@2000/@4K", "flip=@100/@2000/@4KiB"},
		{"stall=1@64KiB", "stall=1s@64KiB"},
		{"stall=100ms/1s", "stall=100ms/1s"},
		{"reset=@0,fin=@1M,blackhole=5", "blackhole=5s,fin=@1MiB,reset=@0"},
		{"buffer=1MiB,delay=1h", "delay=1h0m0s,buffer=1MiB"},
	} {
		s, err := ParseSpec(c.text)
		if err != nil || s.String() != c.want {
			t.Errorf("%q: %q, %v, want %q", c.text, s, err, c.want)
			continue
		}
		if again, err := ParseSpec(s.String()); err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%q: %+v is read back as %+v, %v", c.text, s, again, err)
		}
		if idle := c.want == "none" || c.want == "seed=7"; s.Idle() != idle {
			t.Errorf("%q: idle %t, want %t", c.text, s.Idle(), idle)
		}
	}
}

func TestSpecRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"flup=1/MiB", `unknown key "flup": the keys are delay jitter dist rate burst slice gap flip`},
		{"delay", "want delay=VALUE"},
		{"delay=1,", `unknown key ""`},
		{"delay=1,delay=2", "delay is given twice"},
		{"delay=-1ms", "negative"},
		{"delay=25h", "delay 25h0m0s: want 0 to 24h"},
		{"delay=1ms,jitter=2ms", "jitter 2ms: more than the delay of 1ms"},
		{"dist=normal", "dist without jitter"},
		{"dist=pareto", "want uniform or normal"},
		{"burst=1", "burst 1 without rate"},
		{"rate=5Mb", "ambiguous"},
		{"rate=2T", "rate 2000000000000: want 0 to 1000000000000"},
		{"rate=0", "rate=0: want 1 bit/s or more"},
		{"rate=1M,burst=0", "burst=0: want 1 byte or more"},
		{"buffer=0", "buffer=0: want 1 byte or more"},
		{"dup=1/M,duplen=0", "duplen=0: want 1 byte or more"},
		{"slice=0", "want 1 to 65536 bytes"},
		{"slice=9..3", "want 1 to 65536 bytes"},
		{"slice=1M", "want 1 to 65536 bytes"},
		{"flip=1", "want TIMES/SIZE as 1/MiB, or offsets as @100/@2000"},
		{"flip=0/MiB", "want 1 or more times"},
		{"flip=2/1", "want a window of 2 to"},
		{"flip=1/2T", "want a window of 1 to"},
		{"flip=2M/G", "damage 2000000 times: want 1 to 1048576"},
		{"flip=1/", "empty"},
		{"flip=@5/@5", "each greater than the one before"},
		{"flip=@9/@5", "offset 5: want offsets"},
		{"flip=@5/6", `"6": want an offset as @4096`},
		{"flip=" + strings.Repeat("@1/", 1024) + "@2", "1025 offsets: the limit is 1024"},
		{"duplen=5", "duplen 5 without dup"},
		{"dup=1/M,duplen=1M", "duplen 1048576: want 0 to 65536"},
		{"duplen=4G", "at most 2147483647"},
		{"stall=1s", "want TIME@OFFSET or TIME/INTERVAL"},
		{"stall=0@5", "want how long"},
		{"stall=1/1", "stall 1s every 1s: no time is left"},
		{"stall=1/0", "interval greater than 0"},
		{"reset=0", "want @OFFSET, or a time greater than 0"},
		{"fin=@-1", "negative"},
		{"seed=-1", "want a number from 0 to 18446744073709551615"},
		{strings.Repeat("x", maxSpec+1), "spec of 32769 bytes, limit 32768"},
	} {
		_, err := ParseSpec(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "proxy: ") || len(err.Error()) > 400 {
			t.Errorf("%s: %v, want an error with %q", clip(c.text), err, c.want)
		}
	}
}

// A Spec that is written in Go is checked like one that is read.
func TestCheck(t *testing.T) {
	for _, s := range []Spec{
		{Delay: -1}, {SliceMax: 5}, {SliceMin: 5}, {Flip: Damage{Times: 1}}, {Flip: Damage{Times: 1, Window: 5, At: []int64{1}}}, {Drop: Damage{At: []int64{-1}}},
		{Reset: When{Offset: 5}}, {Reset: When{On: true, Offset: -1}}, {Fin: When{On: true, Offset: 5, After: 5}}, {Stall: Stall{Offset: 5}}, {Stall: Stall{Hold: 5, Offset: 1, Every: 9}}, {Buffer: -1},
	} {
		if s.Check() == nil {
			t.Errorf("%+v is accepted", s)
		}
		if _, err := Start(Config{To: "127.0.0.1:1", Down: s}); err == nil {
			t.Errorf("Start accepts %+v", s)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("delay=20ms,jitter=5ms,dist=normal,rate=10Mbit,burst=64KiB,slice=1..1448,gap=1ms,seed=7")
	f.Add("flip=1/MiB,drop=3/64KiB,insert=@100/@2000,dup=1/1,duplen=16,stall=1s@64KiB,fin=@1MiB,reset=5s,blackhole=1ms,buffer=1")
	f.Add("stall=100ms/1s")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec(text)
		if err != nil {
			if !reflect.DeepEqual(s, Spec{}) {
				t.Errorf("%q: an error and %+v", text, s)
			}
			return
		}
		again, err := ParseSpec(s.String())
		if err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("%q is written %q and read back as %+v, %v; want %+v", text, s, again, err, s)
		}
	})
}
