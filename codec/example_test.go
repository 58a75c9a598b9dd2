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
	// codec: bad framing: unknown framing "u9": want one of u8 u16 u16le u24 u32 u32le u64 length uvarint netstring fixed line delim cobs slip hdlc chunked eof text raw
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

// bytesOf prints what a framing makes of some payloads, and what it says of a damaged wire.
func bytesOf(c codec.Codec, damaged string, payloads ...string) {
	for _, p := range payloads {
		wire, err := c.Append(nil, []byte(p))
		if err != nil {
			fmt.Printf("%q  %v\n", p, err)
			continue
		}
		fmt.Printf("%q  % x\n", p, wire)
	}
	s := codec.NewStream(c)
	for frame, err := range s.Feed([]byte(damaged)) {
		fmt.Printf("got %q %v\n", frame, err)
	}
}

func ExampleCOBS() {
	bytesOf(codec.COBS{}, "\x05ab\x00\x02c\x00", "hi\x00!", "", "\x00")
	// Output:
	// "hi\x00!"  03 68 69 02 21 00
	// ""  01 00
	// "\x00"  01 01 00
	// got "" codec: bad frame: 00 after 3 of the 5 bytes of a block
	// got "c" <nil>
}

func ExampleSLIP() {
	bytesOf(codec.SLIP{}, "a\xdbb\xc0c\xc0", "hi", "\xc0a", "\xdb", "")
	// Output:
	// "hi"  68 69 c0
	// "\xc0a"  db dc 61 c0
	// "\xdb"  db dd c0
	// ""  codec: bad length: slip carries no empty payload
	// got "" codec: bad escape: db 62 after 1 bytes of payload
	// got "c" <nil>
}

func ExampleHDLC() {
	bytesOf(codec.HDLC{}, "\x7e12345678?n\x90\x7e123456789n\x90\x7e", "hi", "~", "")
	// Output:
	// "hi"  7e 68 69 15 5a 7e
	// "~"  7e 7d 5e 81 6a 7e
	// ""  7e 00 00 7e
	// got "" codec: bad checksum: FCS 906e, want f558 for 9 bytes
	// got "123456789" <nil>
}

func ExampleChunked() {
	c := codec.Chunked{}
	bytesOf(c, "2;by=hand\r\nhi\r\n1\nx", "hi", strings.Repeat("x", 16), "")
	fmt.Printf("end   % x\n", codec.End(c))
	// Output:
	// "hi"  32 0d 0a 68 69 0d 0a
	// "xxxxxxxxxxxxxxxx"  31 30 0d 0a 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78 0d 0a
	// ""  codec: bad length: chunked carries no empty payload
	// got "hi" <nil>
	// got "" codec: bad length: 0a in the size line of a chunk
	// end   30 0d 0a 0d 0a
}

func ExampleEOF() {
	s := codec.NewStream(codec.EOF{})
	for range s.Feed([]byte("one ")) {
		panic("not before the end")
	}
	for range s.Feed([]byte("message")) {
		panic("not before the end")
	}
	last, err := s.Close()
	fmt.Printf("%q %v, once=%t\n", last, err, codec.Once(codec.EOF{}))
	// Output:
	// "one message" <nil>, once=true
}

func ExampleWithCRC32C() {
	c, err := codec.WithCRC32C(codec.COBS{Max: 4 << 10})
	fmt.Println(c, err)
	bytesOf(c, "\x07hi\xf5\x9d\xd9\xc3\x00\x07hi\xf5\x9d\xd9\xc2\x00", "hi")
	// Output:
	// cobs+crc32c:max=4KiB <nil>
	// "hi"  07 68 69 f5 9d d9 c2 00
	// got "" codec: bad checksum: CRC-32C f59dd9c3, want f59dd9c2 for 2 bytes
	// got "hi" <nil>
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
