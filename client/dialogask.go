package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Ask sends a command that has one answer, and returns that. It is the caller's.
func (d *Dialog) Ask(ctx context.Context, line string) ([]byte, error) {
	end, err := d.begin(ctx, line)
	if err != nil {
		return nil, err
	}
	defer end()
	answer, err := d.answer("")
	if err == nil && !d.cfg.Plain && bytes.HasPrefix(answer, []byte("ERR ")) && !strings.HasPrefix(line, "ERR ") {
		_ = d.Close() // so the server does
		return nil, fmt.Errorf("client: %s ended the session: %.200q", d.cfg.Addr, answer[len("ERR "):])
	}
	return answer, err
}

// Quit tells the server that this is the end, and waits for its.
func (d *Dialog) Quit(ctx context.Context) error {
	if d.nc == nil {
		return nil
	}
	defer d.Close()
	if d.cfg.Plain {
		return nil // older servers have no such command, and would answer
	}
	end, err := d.begin(ctx, "quit")
	if err != nil {
		return err
	}
	defer end()
	if _, err := d.frames.Next(); err != io.EOF {
		if err == nil {
			return fmt.Errorf("client: %s answered quit", d.cfg.Addr)
		}
		return d.fail(err)
	}
	return nil
}

// answer returns the server's words. Of plain text those are all up to its
// silence, or at once exactly prefix if they begin with that: something else
// follows it.
func (d *Dialog) answer(prefix string) ([]byte, error) {
	if d.cfg.Plain {
		return d.words(prefix)
	}
	frame, err := d.frames.Next()
	if err != nil {
		return nil, d.fail(err)
	}
	return bytes.Clone(frame), nil
}

func (d *Dialog) words(prefix string) ([]byte, error) {
	defer func() { d.patience = d.cfg.Timeout }()
	var words []byte
	for {
		b, err := d.text.Peek(d.text.Buffered() + 1)
		if prefix != "" && len(words) == 0 && bytes.HasPrefix(b, []byte(prefix)) {
			n, _ := d.text.Discard(len(prefix))
			return []byte(prefix)[:n], nil
		}
		if err == nil && d.text.Buffered() < d.text.Size() {
			d.patience = silence
			continue
		}
		words = append(words, b...)
		_, _ = d.text.Discard(len(b))
		switch {
		case len(words) > maxAnswer:
			return nil, d.fail(fmt.Errorf("an answer of more than %d bytes", maxAnswer))
		case err == nil:
			continue // more than the buffer holds
		case len(words) == 0:
			return nil, d.fail(err)
		case errors.Is(err, io.EOF):
			return words, d.Close() // one connection a command
		case errors.Is(err, os.ErrDeadlineExceeded) && d.ctx.Err() == nil:
			return words, nil
		}
		return nil, d.fail(err)
	}
}

// part returns some of what belongs to a file: a frame, or what there is to
// read of plain text, up to n bytes. It holds until the next call.
func (d *Dialog) part(n int64) ([]byte, error) {
	if !d.cfg.Plain {
		frame, err := d.frames.Next()
		if err != nil {
			return nil, d.fail(err)
		}
		return frame, nil
	}
	if _, err := d.text.Peek(1); err != nil {
		return nil, d.fail(err)
	}
	b, _ := d.text.Peek(int(min(n, int64(d.text.Buffered()))))
	_, _ = d.text.Discard(len(b)) // b stays as it is until the next read
	return b, nil
}
