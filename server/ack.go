package server

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"

	"github.com/loadframe/loadframe/codec"
)

// AckText begins every acknowledgement.
const AckText = "ACK!"

// ack answers every frame with a receipt:
//
//	+------+----------------+------------------+
//	| ACK! | length, u32 be | CRC-32C, u32 be  |   of the frame that came
//	+------+----------------+------------------+
//
// Where the framing does not tell where a frame ends (text, raw) the receipt
// is the four bytes ACK! alone, as the older tools send it: a length of what
// one read happened to return would say nothing.
//
// The preface's receipt=hex makes length and CRC 8 hex digits each, for a
// framing that does not carry every byte.
//
// ack:once answers also a peer that shuts its direction down without a frame.
type ack struct{ once, hex bool }

func newAck(_ Limits, p *params) (Handler, error) {
	switch receipt := p.take("receipt"); receipt {
	case "", "hex":
		return ack{p.once, receipt == "hex"}, nil
	default:
		return nil, fmt.Errorf("handler ack: receipt=%.32q: want hex, or nothing", receipt)
	}
}

func (h ack) Serve(r *Reply, frame []byte) error {
	if !codec.Delimits(r.Codec()) {
		return r.Frame([]byte(AckText))
	}
	receipt := appendAck(r.conn.scratch[:0], frame)
	if h.hex {
		receipt = hex.AppendEncode([]byte(AckText), receipt[len(AckText):])
	}
	return r.Frame(receipt)
}

// End is called when nothing was answered yet, if once.
func (h ack) End(r *Reply) error {
	if !h.once {
		return nil
	}
	return h.Serve(r, nil)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendAck(dst, frame []byte) []byte {
	dst = append(dst, AckText...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(frame)))
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(frame, castagnoli))
}
