package main

import (
	"strings"
	"testing"
)

const text = `goos: linux
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=bufio-2        	 100	 50 MB/s	 30.0 ns/frame	 0 B/op	 0 allocs/op
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=go-msgio-2     	 100	 50 MB/s	 60.0 ns/frame	 0 B/op	 0 allocs/op
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=loadframe-2    	 100	 50 MB/s	 10.0 ns/frame	 0 B/op	 0 allocs/op
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=loadframe-2    	 100	 50 MB/s	 20.0 ns/frame	 0 B/op	 0 allocs/op
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=loadframe-2    	 100	 50 MB/s	 900.0 ns/frame	 0 B/op	 0 allocs/op
BenchmarkPeers/op=decode/framing=u32/size=16/payload=text/impl=loadframe-stream	 100	 60.0 ns/frame
BenchmarkPeers/op=decode/framing=u32/size=64/payload=text/impl=bufio          	 100	 30.0 ns/frame
BenchmarkPeers/op=decode/framing=u32/size=64/payload=text/impl=loadframe      	 100	 10.0 ns/frame
BenchmarkOther/alone-2   1  5 ns/op
PASS
`

func TestRatio(t *testing.T) {
	all, err := read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := write(&b, compare(all)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"op=decode impl=loadframe: median 2.25 of 2 inputs, lowest 1.50, 0 below 1\n",
		"op=decode impl=loadframe-stream: median 0.50 of 1 inputs, lowest 0.50, 1 below 1\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("want %q in\n%s", want, b.String())
		}
	}
}

func TestNothingToCompare(t *testing.T) {
	all, err := read(strings.NewReader("PASS\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := write(&strings.Builder{}, compare(all)); err == nil {
		t.Error("no error for a text without benchmarks")
	}
	if _, err := read(strings.NewReader("BenchmarkPeers/op=decode/impl=a 1 3 ns/op\n")); err == nil {
		t.Error("no error for a line without ns/frame")
	}
}
