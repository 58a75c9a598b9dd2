package proxy

import (
	"fmt"
	"io"
	"net"
)

// spliceSize is how many bytes pass between two updates of the counts.
const spliceSize = 16 << 20

// splice passes on a direction without impairments. The kernel moves the bytes
// where it can: they never are in this process.
func splice(dst, src *net.TCPConn, c *counts) error {
	for {
		n, err := dst.ReadFrom(&io.LimitedReader{R: src, N: spliceSize})
		c.in.Add(n)
		c.out.Add(n)
		switch {
		case err != nil && dead(src):
			return fmt.Errorf("%w: %w", errSender, err)
		case err != nil:
			return fmt.Errorf("%w: %w", errReceiver, err)
		case n < spliceSize:
			_ = dst.CloseWrite() // it fails if the receiver is gone, who then needs no end
			return nil
		}
	}
}
