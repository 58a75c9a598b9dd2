package codec_test

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/codec"
)

func ExampleParse() {
	for _, spec := range []string{"u32", "u16le:max=4KiB", "length:width=4,offset=1", "u9"} {
		c, err := codec.Parse(spec)
		if err != nil {
			fmt.Println(err)
			continue
		}
		wire, _ := c.Append(nil, []byte("hi"))
		fmt.Printf("%-24s % x   at most %d\n", c, wire, codec.Max(c))
	}
	// Output:
	// u32                      00 00 00 02 68 69   at most 16777216
	// u16le:max=4KiB           02 00 68 69   at most 4096
	// u32:offset=1             00 00 00 00 02 68 69   at most 16777216
	// codec: bad framing: unknown framing "u9": want one of length u8 u16 u16le u24 u32 u32le u64 uvarint fixed netstring line delim raw text
}

// The cuts lie where the network put them; the frames do not care.
func ExampleStream_Feed() {
	s := codec.NewStream(codec.Length{Width: 2})
	for _, chunk := range []string{"\x00", "\x02h", "i\x00\x01!\x00\x00\x00", "\x05trunc"} {
		fmt.Printf("%q\n", chunk)
		for frame, err := range s.Feed([]byte(chunk)) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("    frame %q\n", frame)
		}
	}
	_, err := s.Close()
	fmt.Println("close", err)
	// Output:
	// "\x00"
	// "\x02h"
	// "i\x00\x01!\x00\x00\x00"
	//     frame "hi"
	//     frame "!"
	//     frame ""
	// "\x05trunc"
	//     frame "trunc"
	// close <nil>
}

// The field counts the whole frame, the three bytes before the payload too, and a frame ends with a line feed:
//
//	+------+--------+-----------+------+
//	| type |  total |  payload  |  LF  |
//	|  01  |  00 06 |   h  i    |  0a  |
//	+------+--------+-----------+------+
func ExampleLength() {
	c := codec.Length{Offset: 1, Head: "\x01", Width: 2, Adjust: -3, Trailer: "\n", Max: 1 << 10}
	if err := c.Validate(); err != nil {
		fmt.Println(err)
	}
	wire, _ := c.Append(nil, []byte("hi"))
	fmt.Printf("% x\n%s\n", wire, c)

	_, err := c.Append(nil, make([]byte, 1025))
	fmt.Println(err)
	// Output:
	// 01 00 06 68 69 0a
	// u16:offset=1,head=01,adjust=-3,trailer=0a,max=1KiB
	// codec: frame too long: 1025 bytes, limit 1024
}

// MQTT: an octet for the type, and a length of at most four bytes. A length that is not ended after them is no length.
func ExampleUvarint() {
	c := codec.Uvarint{Lead: 1, Head: "\x30", Bytes: 4}
	short, _ := c.Append(nil, []byte("hi"))
	long, _ := c.Append(nil, make([]byte, 300))
	fmt.Printf("%s\n% x\n% x ...\n", c, short, long[:4])

	s := codec.NewStream(c)
	for frame, err := range s.Feed(append(short, 0x30, 0x80, 0x80, 0x80, 0x80, 0x00)) {
		fmt.Printf("%q %v\n", frame, err)
	}
	// Output:
	// uvarint:bytes=4,lead=1,head=30
	// 30 02 68 69
	// 30 ac 02 00 ...
	// "hi" <nil>
	// "" codec: bad length: more than 4 bytes: byte 3 of it is 0x80
}

func ExampleNetstring() {
	wire, _ := codec.Netstring{}.Append(nil, []byte("hello world!"))
	fmt.Printf("%s\n", wire)

	s := codec.NewStream(codec.Netstring{})
	for frame, err := range s.Feed([]byte("5:alpha,4:gamma,")) { // a length that was damaged is noticed at once
		fmt.Printf("%q %v\n", frame, err)
	}
	// Output:
	// 12:hello world!,
	// "alpha" <nil>
	// "" codec: bad trailer: 61, want 2c
}

// A line that is too long is skipped, with one error, and the next one is good again.
func ExampleLine() {
	c := codec.Line{Max: 8, TooLong: codec.Discard, Tail: codec.TailDeliver}
	s := codec.NewStream(c)
	for _, chunk := range []string{"one\ntw", "o\r", "\nmuch too long\nfour\nfive"} {
		for frame, err := range s.Feed([]byte(chunk)) {
			fmt.Printf("%q %v\n", frame, err)
		}
	}
	last, err := s.Close()
	fmt.Printf("%q %v\n", last, err)

	_, err = c.Append(nil, []byte("a\nb"))
	fmt.Println(err)
	// Output:
	// "one" <nil>
	// "two" <nil>
	// "" codec: frame too long: more than 8 bytes, limit 8
	// "four" <nil>
	// "five" <nil>
	// codec: bad frame: byte 1 of the payload is 0x0a, the end of a line
}

func ExampleDelim() {
	c := codec.Delim{Sep: "\r\n", Also: [7]string{";"}}
	wire, _ := c.Append(nil, []byte("one"))
	fmt.Printf("%s %q\n", c, wire)
	for frame := range codec.NewStream(c).Feed([]byte("one\r\ntwo;three;\r\n")) {
		fmt.Printf("%q\n", frame)
	}
	_, err := codec.Delim{Sep: "--"}.Append(nil, []byte("one-"))
	fmt.Println(err)
	// Output:
	// delim:sep=0d0a/3b "one\r\n"
	// "one"
	// "two"
	// "three"
	// ""
	// codec: bad frame: from byte 3 on the payload, 2d, makes a delimiter with the 2d 2d behind it
}

func ExampleFixed() {
	c := codec.Fixed{Size: 4}
	for frame := range codec.NewStream(c).Feed([]byte("pingpong")) {
		fmt.Printf("%q\n", frame)
	}
	_, err := c.Append(nil, []byte("hi"))
	fmt.Println(err)
	// Output:
	// "ping"
	// "pong"
	// codec: bad length: a payload of 2 bytes, every frame is 4
}

func ExampleReader() {
	r := codec.NewReader(strings.NewReader("\x03one\x03two\x05thr"), codec.Length{Width: 1})
	for {
		frame, err := r.Next()
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Printf("%s\n", frame)
	}
	// Output:
	// one
	// two
	// unexpected EOF
}

func ExampleSplit() {
	sc := bufio.NewScanner(strings.NewReader("\x03one\x00\x05three"))
	sc.Split(codec.Split(codec.Length{Width: 1}))
	for sc.Scan() {
		fmt.Printf("%q\n", sc.Text())
	}
	// Output:
	// "one"
	// ""
	// "three"
}
