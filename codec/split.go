package codec

import "bufio"

// Split adapts c to bufio.Scanner. The function has state: make one for each scanner. The scanner must be allowed a buffer of
// c.Bound(Max(c)) bytes (Scanner.Buffer), and of a few more if its peer may write a longer head or tail than Append, such as CR LF for
// LF. It stops at the first error, also where the codec could go on; Reader does not.
func Split(c Codec) bufio.SplitFunc {
	d := c.NewDecoder()
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		// A Decode that consumed and delivered nothing is not the end of it: the scanner would ask again only after more was read.
		for {
			n, frame, err := d.Decode(data[advance:])
			advance += n
			if frame != nil || err != nil {
				return advance, frame, err
			}
			if n == 0 {
				break
			}
		}
		if !atEOF {
			return advance, nil, nil
		}
		frame, err := flush(d, data[advance:])
		return len(data), frame, err
	}
}
