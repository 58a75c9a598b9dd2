package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

func (d *crcDecoder) Decode(buf []byte) (int, []byte, error) {
	if d.failed != nil {
		return 0, nil, d.failed
	}
	n, frame, err := d.in.Decode(buf)
	if frame == nil {
		return n, nil, d.explain(err)
	}
	payload, err := d.check(frame)
	if err != nil && !d.resyncs {
		return 0, nil, err
	}
	return n, payload, err
}

// check returns the payload of a frame.
func (d *crcDecoder) check(frame []byte) ([]byte, error) {
	at := len(frame) - d.size()
	if at < 0 {
		return nil, fmt.Errorf("%w: a frame of %d bytes has none", ErrBadChecksum, len(frame))
	}
	payload, got := frame[:at:at], frame[at:]
	if !d.digits && crc32.Checksum(payload, castagnoli) == binary.BigEndian.Uint32(got) {
		return payload, nil
	}
	if want := d.sum(payload); string(got) != string(want.bytes[:want.size]) {
		format := "%w: CRC-32C %x, want %x for %d bytes"
		if d.digits {
			format = "%w: CRC-32C %q, want %q for %d bytes"
		}
		return nil, fmt.Errorf(format, ErrBadChecksum, got, string(want.bytes[:want.size]), at)
	}
	return payload, nil
}

// walk yields what X's walk yields, if the checksums are right. A wrong one that kills the stream leaves a rest, for Decode to be asked.
func (d *crcDecoder) walk(chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	if in, ok := d.in.(*lengthDecoder); ok && in.bare && in.width == 4 && in.walks() {
		return d.walk32(in, chunk, yield)
	}
	rest, more = walk(d.in, chunk, func(frame []byte, _ error) bool {
		payload, err := d.check(frame)
		if err != nil && !d.resyncs {
			d.failed = err
			return false
		}
		return yield(payload, err)
	})
	if d.failed != nil {
		return chunk[len(chunk)-1:], true
	}
	return rest, more
}

// walk32 is walk for u32, with a call less for each frame. It stops before a wrong checksum.
func (d *crcDecoder) walk32(in *lengthDecoder, chunk []byte, yield func([]byte, error) bool) (rest []byte, more bool) {
	most, pos, frames := in.most, 0, 0
	more = true
	for more && pos <= len(chunk)-4 {
		v := uint64(binary.BigEndian.Uint32(chunk[pos:]))
		start := pos + 4
		if v < 4 || v > most || v > uint64(len(chunk)-start) {
			break
		}
		at := start + int(v) - 4
		if crc32.Checksum(chunk[start:at], castagnoli) != binary.BigEndian.Uint32(chunk[at:]) {
			break
		}
		pos = at + 4
		frames++
		more = yield(chunk[start:at:at], nil)
	}
	in.scanned += int64(frames) * 4
	return chunk[pos:], more
}

// explain tells that X counted the checksum, where it tells of a limit.
func (d *crcDecoder) explain(err error) error {
	if errors.Is(err, ErrTooLong) {
		return fmt.Errorf("%w, with %d of checksum", err, d.size())
	}
	return err
}

// Need returns X's, 0 if it does not know.
func (d *crcDecoder) Need() int {
	if n, ok := d.in.(Needer); ok {
		return n.Need()
	}
	return 0
}

// Flush returns the payload of the frame that X's Flush makes.
func (d *crcDecoder) Flush(buf []byte) ([]byte, error) {
	frame, err := flush(d.in, buf)
	if frame == nil {
		return nil, d.explain(err)
	}
	return d.check(frame)
}

func (d *crcDecoder) held() int { return heldBy(d.in) }

// effort is X's: a checksum is no search and no copy.
func (d *crcDecoder) effort() (scanned, copied int64) {
	if e, ok := d.in.(effort); ok {
		return e.effort()
	}
	return 0, 0
}
