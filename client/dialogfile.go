package client

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"regexp"
	"strconv"
	"time"
)

// Transfer is a file that came.
type Transfer struct {
	Bytes  int64
	Took   time.Duration // from the request to the last byte
	CRC32C uint32        // of the content
}

// filePrepared is what the server says before a generated file.
const filePrepared = "file_prepared"

// Generate asks for a file of n letters A, and checks every byte. progress is
// told how much has come. What is wrong with the content is found when all of
// it is there, so that the dialog goes on.
func (d *Dialog) Generate(ctx context.Context, n int64, progress func(int64)) (Transfer, error) {
	start := time.Now()
	end, err := d.begin(ctx, strconv.FormatInt(n, 10))
	if err != nil {
		return Transfer{}, err
	}
	defer end()
	answer, err := d.answer(filePrepared)
	if err != nil {
		return Transfer{}, err
	}
	if string(answer) != filePrepared {
		return Transfer{}, &Refused{answer}
	}
	var at, bad int64
	var first error
	t, err := d.body(n, progress, func(b []byte) error {
		if wrong := len(b) - bytes.Count(b, []byte{'A'}); wrong > 0 {
			if bad += int64(wrong); first == nil {
				i := bytes.IndexFunc(b, func(r rune) bool { return r != 'A' })
				first = fmt.Errorf("byte %d is %#02x, expected 0x41", at+int64(i), b[i])
			}
		}
		at += int64(len(b))
		return nil
	})
	t.Took = time.Since(start)
	if err == nil && first != nil {
		err = &Damaged{fmt.Sprintf("%v; %d bytes are wrong", first, bad)}
	}
	return t, err
}

// Damaged is the error of a file that came whole, but not as it should be. The
// dialog goes on.
type Damaged struct{ What string }

func (e *Damaged) Error() string { return "client: verify: " + e.What }

// sending is what the server says before a file from its disk.
var sending = regexp.MustCompile(`(?s)^Sending .*SpLiT(\d{1,18})$`)

// Download asks for a file and hands its bytes to write, in order; they are
// write's during the call only. It is good when exactly as many have come as
// the server promised. size is told how many, before the first of them.
// A framing with a checksum of its own (X+crc32c) also checks the content.
func (d *Dialog) Download(ctx context.Context, name string, size func(int64), progress func(int64), write func([]byte) error) (Transfer, error) {
	start := time.Now()
	end, err := d.begin(ctx, "dl "+name)
	if err != nil {
		return Transfer{}, err
	}
	defer end()
	header, err := d.header()
	if err != nil {
		return Transfer{}, err
	}
	m := sending.FindSubmatch(header)
	if m == nil {
		return Transfer{}, &Refused{header}
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return Transfer{}, d.fail(err)
	}
	size(n)
	t, err := d.body(n, progress, write)
	t.Took = time.Since(start)
	return t, err
}

// headerSilence parts the header of a file from the file where nothing else
// does: servers in the field leave 20 ms.
const headerSilence = 10 * time.Millisecond

// header returns the server's words before a file. Plain, those and nothing
// else have to come in one piece: their last figure may be followed by one
// that belongs to the file.
func (d *Dialog) header() ([]byte, error) {
	if !d.cfg.Plain {
		return d.answer("")
	}
	if _, err := d.text.Peek(1); err != nil {
		return nil, d.fail(err)
	}
	d.patience = headerSilence
	defer func() { d.patience = d.cfg.Timeout }()
	for {
		b, err := d.text.Peek(d.text.Buffered() + 1)
		if err == nil {
			continue
		}
		if sending.Match(b) {
			_, _ = d.text.Discard(len(b))
			return bytes.Clone(b), nil
		}
		if bytes.HasPrefix(b, []byte("Sending ")) && bytes.Contains(b, []byte("SpLiT")) {
			return nil, d.fail(fmt.Errorf("the file came together with its header: without a framing nobody knows where it begins"))
		}
		d.patience = silence
		return d.words("")
	}
}

// body takes n bytes.
func (d *Dialog) body(n int64, progress func(int64), take func([]byte) error) (Transfer, error) {
	var t Transfer
	for t.Bytes < n {
		b, err := d.part(n - t.Bytes)
		if err != nil {
			return t, fmt.Errorf("%w, after %d of %d bytes", err, t.Bytes, n)
		}
		if int64(len(b)) > n-t.Bytes {
			return t, d.fail(fmt.Errorf("%d bytes came where %d were left of %d", len(b), n-t.Bytes, n))
		}
		if err := take(b); err != nil {
			_ = d.Close()
			return t, err
		}
		t.Bytes += int64(len(b))
		t.CRC32C = crc32.Update(t.CRC32C, castagnoli, b)
		progress(t.Bytes)
	}
	return t, nil
}
