package server

import (
	"fmt"
	"io"
	"net"
	"os"

	"github.com/loadframe/loadframe/codec"
)

// diskFile is a body: size bytes of a file on disk, in frames. Where the framing
// carries payloads as they are and its frames are not small, the kernel sends
// them from the file (sendfile); elsewhere they are encoded a little at a time.
//
// The peer was promised size bytes: a file that has grown since is cut off
// there, and one that has shrunk is an error.
type diskFile struct {
	codec codec.Codec
	file  *os.File
	size  int64
	frame int64 // payload bytes of a frame; the last may have fewer
	at    int64 // payload bytes sent, or encoded

	envelope codec.Enveloper // nil: frames are encoded
	left     int64           // of the current frame's payload, with envelope
	wire     []byte          // what is to be sent before the next payload
	sent     int             // of wire
	scratch  []byte
	closed   func() // called when the file is; nil: nobody
}

// newDiskFile takes over file unless it fails, as it does with a framing that
// cannot carry what the file is cut into.
func newDiskFile(c codec.Codec, file *os.File, size int64) (*diskFile, error) {
	d := &diskFile{codec: c, file: file, size: size}
	// A framing with a check of its own refuses some content: that has to be
	// looked at.
	if _, picky := c.(interface{ Check(payload []byte) error }); !picky {
		d.envelope, _ = c.(codec.Enveloper)
	}
	d.frame = int64(min(DefaultFrame, codec.Max(c)))
	if codec.Delimits(c) && d.frame < encodeAhead {
		d.envelope = nil // a frame of its own would cost two system calls and two segments
	}
	if d.envelope == nil {
		d.frame = min(d.frame, encodeAhead)
	} else if !codec.Delimits(c) {
		d.frame = max(size, 1) // no frames at all
		d.left = size
		return d, nil
	}
	// See file.try.
	if size > 0 {
		zeros := make([]byte, min(d.frame, size))
		for _, n := range []int64{int64(len(zeros)), size - (size-1)/d.frame*d.frame} {
			if _, err := c.Append(nil, zeros[:n]); err != nil {
				return nil, err
			}
		}
	}
	if d.envelope != nil {
		d.begin()
	}
	return d, nil
}

func (d *diskFile) frames() int64 { return (d.size + d.frame - 1) / d.frame }

func (d *diskFile) Close() error {
	if d.closed != nil {
		defer d.closed()
	}
	return d.file.Close()
}

func (d *diskFile) holds() bool { return false }
func (d *diskFile) owed() int64 { return int64(len(d.wire)-d.sent) + d.size - d.at }

// section returns the payload that is due now; none if next has to be asked.
func (d *diskFile) section() section {
	if d.left == 0 || d.sent < len(d.wire) {
		return section{}
	}
	return section{file: d.file, at: d.at, n: min(d.left, laneWrite)}
}

// next returns what is due of heads and tails, and of encoded frames.
func (d *diskFile) next(vec [][]byte, _ int) ([][]byte, error) {
	if d.envelope == nil && d.sent == len(d.wire) {
		if err := d.encode(); err != nil {
			return vec, err
		}
	}
	if d.sent < len(d.wire) {
		vec = append(vec, d.wire[d.sent:])
	}
	return vec, nil
}

func (d *diskFile) advance(n int) {
	if d.sent < len(d.wire) || d.envelope == nil {
		d.sent += n
		return
	}
	d.at += int64(n)
	if d.left -= int64(n); d.left == 0 {
		_, tail := d.envelope.Envelope(int(min(d.frame, d.size)))
		if last := d.size % d.frame; d.at == d.size && last > 0 {
			_, tail = d.envelope.Envelope(int(last))
		}
		d.wire, d.sent = append(d.wire[:0], tail...), 0
		d.begin()
	}
}

// begin goes to the head of the next frame, if there is one.
func (d *diskFile) begin() {
	if d.left = min(d.frame, d.size-d.at); d.left > 0 {
		head, _ := d.envelope.Envelope(int(d.left))
		d.wire = append(d.wire, head...)
	}
}

// encode makes the next frames.
func (d *diskFile) encode() (err error) {
	d.wire, d.sent = d.wire[:0], 0
	for len(d.wire) < encodeAhead && d.at < d.size {
		if d.scratch == nil {
			d.scratch = make([]byte, min(d.frame, d.size))
		}
		payload := d.scratch[:min(d.frame, d.size-d.at)]
		if _, err := io.ReadFull(d.file, payload); err != nil {
			return d.broken(err)
		}
		if d.wire, err = d.codec.Append(d.wire, payload); err != nil {
			return err
		}
		d.at += int64(len(payload))
	}
	return nil
}

func (d *diskFile) broken(err error) error {
	return fmt.Errorf("file %s: %w after about %d bytes of the %d that were promised", d.file.Name(), err, d.at, d.size)
}

// sendFile sends a section of a file that is ours alone: by sendfile, where the
// system has it for such a connection.
func sendFile(nc net.Conn, s section) (int64, error) {
	// A copy that was broken off may have read more than it sent.
	if _, err := s.file.Seek(s.at, io.SeekStart); err != nil {
		return 0, err
	}
	sent, err := io.Copy(nc, &io.LimitedReader{R: s.file, N: s.n})
	if err == nil && sent < s.n {
		err = fmt.Errorf("file %s: %w at byte %d: it has shrunk since it was promised", s.file.Name(), io.ErrUnexpectedEOF, s.at+sent)
	}
	return sent, err
}
