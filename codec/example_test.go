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
