package bench

import (
	"bufio"
	"io"
	"net"
	"testing"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/servertest"
)

// BenchmarkFirstByte asks for a file and waits for the first byte of the answer
// (behind the line that answers a preface), on a new connection each time;
// connecting is not in the figure. To command that is file_prepared: the file
// follows 20 ms later, for clients that would lose it.
func BenchmarkFirstByte(b *testing.B) {
	p := servertest.StartProcess(b, servertest.Loadframe, 0, server.Limits{})
	for _, tc := range []struct {
		name, request string
		skip          int // bytes before the one that counts; -1: a line
	}{
		{"handler=command/n=1", "1\n", 0},
		{"handler=command/n=123456789", "123456789\n", 0},
		{"handler=generate/n=1", "LOADFRAME/1 framing=raw handler=generate\n1", -1},
		{"handler=generate/n=1TiB", "LOADFRAME/1 framing=raw handler=generate\n1099511627776", -1},
	} {
		b.Run(tc.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c, err := net.Dial("tcp", p.Addr)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := firstByte(c, tc.request, tc.skip); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				c.Close()
				b.StartTimer()
			}
		})
	}
}

// firstByte sends the request and reads through the first byte that follows
// skip bytes, or a line if skip is negative.
func firstByte(c net.Conn, request string, skip int) error {
	if _, err := io.WriteString(c, request); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	var err error
	if skip < 0 {
		_, err = r.ReadSlice('\n')
	} else {
		_, err = r.Discard(skip)
	}
	if err == nil {
		_, err = r.ReadByte()
	}
	return err
}
