package client

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"regexp"

	"github.com/loadframe/loadframe/codec"
)

// check compares got with the content at offset. It remembers the first
// difference.
func (w *worker) check(offset int64, got []byte) bool {
	at := w.content.Check(offset, got)
	if at < 0 {
		return true
	}
	if w.isRefusal(got) {
		return false
	}
	return w.wrong(offset+int64(at), got[at])
}

// wrong is told of a byte that is not what it should be. It returns false.
func (w *worker) wrong(offset int64, got byte) bool {
	return w.mismatch(nil, fmt.Errorf("verify: byte %d is 0x%02x, expected 0x%02x", offset, got, w.content.Slice(offset, 1)[0]))
}

// mismatch is told of a reply that is not what we asked for. It returns false.
func (w *worker) mismatch(reply []byte, err error) bool {
	if w.isRefusal(reply) {
		return false
	}
	add(&w.count.verifyErrors, 1)
	if w.bad == nil {
		w.bad = err
	}
	return false
}

// refusalMost is how much of a refusal is told, in bytes.
const refusalMost = 200

// tooMany is how the command handler refuses a file, and how servers in the
// field do.
var tooMany = regexp.MustCompile(`^Request for file of [^ ]+ chars\. Server limit is: \d+ chars\.`)

// isRefusal tells whether a reply is the server's last word, and keeps it.
func (w *worker) isRefusal(reply []byte) bool {
	text, ok := bytes.CutPrefix(reply, []byte("ERR "))
	if !ok && tooMany.Match(reply) {
		text, ok = reply, true
	}
	if ok && len(text) > 0 {
		w.refused = fmt.Errorf("refused by the server: %.*s", refusalMost, bytes.TrimSpace(text))
	}
	return w.refused != nil
}

// isLastWord tells the same of bytes that nobody asked for. A server that lets
// nobody in says so before there is a framing.
func (w *worker) isLastWord(chunk []byte) bool {
	if w.isRefusal(chunk) || !codec.Delimits(w.codec) {
		return w.refused != nil
	}
	var text []byte
	for frame, err := range codec.NewStream(w.codec).Feed(chunk) {
		if err != nil || len(text) > refusalMost {
			break
		}
		text = append(text, frame...)
	}
	return w.isRefusal(text)
}

// A receipt of the ack handler is ackText, then the length and the CRC-32C of
// what was sent, both u32 big endian.
const (
	ackText = "ACK!"
	ackSize = len(ackText) + 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// reply verifies a framed reply to the oldest message in flight.
func (x *exchanger) reply(frame []byte) bool {
	if x.cfg.Workload == Stamp {
		message, ok := x.stamped(frame)
		if !ok {
			return false
		}
		frame = message
	}
	if x.hexed {
		receipt, err := receiptOf(frame)
		if err != nil {
			return x.mismatch(frame, err)
		}
		frame = receipt
	}
	want := ackSize
	if x.cfg.Workload != Ack {
		want = x.cfg.sizes.at(x.replies)
	}
	if x.cfg.Verify == VerifyNone && len(frame) == want {
		return true
	}
	if len(frame) != want {
		return x.mismatch(frame, fmt.Errorf("verify: reply %d has %d bytes, expected %d", x.replies, len(frame), want))
	}
	if x.cfg.Workload == Ack {
		return x.receipt(frame)
	}
	return x.cfg.Verify == VerifyLength || x.check(x.replies*x.stride, frame)
}

// receiptOf returns a receipt in hex as one in bytes.
func receiptOf(frame []byte) ([]byte, error) {
	text, ok := bytes.CutPrefix(frame, []byte(ackText))
	receipt, err := hex.AppendDecode([]byte(ackText), text)
	if !ok || err != nil {
		return nil, fmt.Errorf("verify: %.24q is no receipt in hex", frame)
	}
	return receipt, nil
}

func (x *exchanger) receipt(frame []byte) bool {
	length := binary.BigEndian.Uint32(frame[4:])
	if size := x.cfg.sizes.at(x.replies); string(frame[:4]) != ackText || int64(length) != int64(size) {
		return x.mismatch(frame, fmt.Errorf("verify: receipt %d is %.12q, for a message of %d bytes", x.replies, frame, size))
	}
	if x.cfg.Verify == VerifyLength {
		return true
	}
	if got, want := binary.BigEndian.Uint32(frame[8:]), x.sum(x.replies); got != want {
		return x.mismatch(frame, fmt.Errorf("verify: receipt %d tells CRC-32C %08x, sent %08x", x.replies, got, want))
	}
	return true
}

// sum is the CRC-32C of message i.
func (x *exchanger) sum(i int64) (crc uint32) {
	for at, left := i*x.stride, x.cfg.sizes.at(i); left > 0; {
		b := x.content.Slice(at, left)
		crc = crc32.Update(crc, castagnoli, b)
		at, left = at+int64(len(b)), left-len(b)
	}
	return crc
}

// replyPart verifies the next bytes of an unframed reply.
func (x *exchanger) replyPart(b []byte) bool {
	return x.cfg.Verify != VerifyFull || x.check(x.replies*x.stride+int64(x.partial), b)
}
