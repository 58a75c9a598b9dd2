package datagram

import (
	"encoding/binary"
	"fmt"
	"time"
)

// ReceiptLen is the length of a receipt in bytes. With its header it is three
// times a header, so that a report needs no token.
const ReceiptLen = 12 * 8

// Receipt is what came of a run, and the payload of an answered Report: the
// fields in their order, each a u64.
type Receipt struct {
	Received   uint64 // datagrams, duplicates included
	Bytes      uint64 // payload of these
	Lost       uint64 // sequences below the greatest that came, which did not
	Duplicated uint64 // came again
	Reordered  uint64 // came after one with a greater sequence, for the first time (RFC 4737, section 3)
	Late       uint64 // so far behind that it cannot be told whether they are duplicates; among Lost if they are not
	Highest    uint64 // the greatest sequence that came; 0 if none did

	// One-way delay by the clocks of both ends, which need not agree: the
	// difference of two delays is true even so.
	DelayMin  time.Duration
	DelayMax  time.Duration
	DelayMean time.Duration
	Jitter    time.Duration // of those that came in order; see [Jitter]

	// Wrong is 0 if all content was what the Sink request has announced, or if it
	// has announced none. Else it says which byte was not: see [Receipt.WrongByte].
	Wrong uint64
}

// WrongAt is Receipt.Wrong where the byte got came at an offset within the run.
func WrongAt(offset int64, got byte) uint64 { return uint64(offset+1)<<8 | uint64(got) }

// WrongByte returns the byte of the lowest offset that was not what it should
// be; false: there is none.
func (r Receipt) WrongByte() (offset int64, got byte, ok bool) {
	return int64(r.Wrong>>8) - 1, byte(r.Wrong), r.Wrong>>8 > 0
}

// Append appends the receipt.
func (r Receipt) Append(dst []byte) []byte {
	for _, v := range r.fields() {
		dst = binary.BigEndian.AppendUint64(dst, v)
	}
	return dst
}

func (r Receipt) fields() [ReceiptLen / 8]uint64 {
	return [...]uint64{
		r.Received, r.Bytes, r.Lost, r.Duplicated, r.Reordered, r.Late, r.Highest,
		uint64(r.DelayMin), uint64(r.DelayMax), uint64(r.DelayMean), uint64(r.Jitter), r.Wrong,
	}
}

// ParseReceipt reads the payload of an answered Report.
func ParseReceipt(b []byte) (r Receipt, err error) {
	if len(b) != ReceiptLen {
		return r, fmt.Errorf("datagram: receipt of %d bytes, want %d", len(b), ReceiptLen)
	}
	var f [ReceiptLen / 8]uint64
	for i := range f {
		f[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return Receipt{f[0], f[1], f[2], f[3], f[4], f[5], f[6], time.Duration(f[7]), time.Duration(f[8]), time.Duration(f[9]), time.Duration(f[10]), f[11]}, nil
}
