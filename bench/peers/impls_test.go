package peers

import (
	"io"
	"maps"

	"github.com/loadframe/loadframe/codec"
)

// next returns the next frame, which holds until the next call.
type next func() ([]byte, error)

// decode returns what decodes r, whose frames carry size bytes each.
type decode func(r io.ReadCloser, size int) next

// appender appends one frame to dst. Every encoder is called through it, as whoever chooses a framing at run time does.
type appender interface {
	Append(dst, payload []byte) ([]byte, error)
}

// encode returns a new encoder.
type encode func() appender

// decoders and encoders are the peers, by framing and name.
var decoders = map[string]map[string]decode{
	"u32": {
		"bufio": bufioU32, "bufio-peek": peekU32,
		"go-msgio": msgioU32, "gogo-protobuf": gogoU32, "k8s-framer": k8sU32,
	},
	"u32+crc32c": {"bufio": bufioCRC},
	"uvarint":    {"bufio": bufioUvarint, "bufio-peek": peekUvarint, "go-msgio": msgioUvarint, "gogo-protobuf": gogoUvarint},
	"line":       {"bufio-scanner": scanLines, "bufio-readslice": readSlice, "textproto": textprotoLine},
	"delim":      {"bufio-scanner": scanDelimiter},
	"fixed":      {"bufio": bufioFixed},
	"netstring":  {"bufio": bufioNetstring},
	"chunked":    {"net/http": httpChunked},
	"cobs":       {"textbook": textbookCOBS},
	"slip":       {"textbook": textbookSLIP},
}

var encoders = map[string]map[string]encode{
	"u32":       {"append": byHand(handU32{}), "go-msgio": writes(msgioWriteU32), "gogo-protobuf": writes(gogoWriteU32), "k8s-framer": writes(k8sWriteU32)},
	"uvarint":   {"append": byHand(handUvarint{}), "go-msgio": writes(msgioWriteUvarint), "gogo-protobuf": writes(gogoWriteUvarint)},
	"line":      {"append": byHand(handLine{})},
	"netstring": {"append": byHand(handNetstring{})},
	"chunked":   {"net/http": writes(httpWriteChunked)},
	"cobs":      {"textbook": byHand(handCOBS{})},
	"slip":      {"textbook": byHand(handSLIP{})},
}

// pass decodes all frames of an input once and visits each.
type pass func(visit func(frame []byte)) error

func newPass(in *input, d decode) pass {
	next := d(&again{data: in.wire}, len(in.payload))
	return func(visit func([]byte)) error {
		for range in.frames {
			frame, err := next()
			if err != nil {
				return err
			}
			visit(frame)
		}
		return nil
	}
}

// passes are all that decode an input, by name.
func passes(framing string, in *input) map[string]pass {
	all := map[string]pass{"loadframe-stream": streamPass(in)}
	all["loadframe"] = newPass(in, func(r io.ReadCloser, _ int) next { return codec.NewReader(r, in.codec).Next })
	for name, d := range decoders[framing] {
		all[name] = newPass(in, d)
	}
	return all
}

func streamPass(in *input) pass {
	r, s, buf := &again{data: in.wire}, codec.NewStream(in.codec), make([]byte, window)
	return func(visit func([]byte)) error {
		for read := 0; read < len(in.wire); {
			n, _ := r.Read(buf)
			read += n
			for frame, err := range s.Feed(buf[:n]) {
				if err != nil {
					return err
				}
				visit(frame)
			}
		}
		return nil
	}
}

// appenders are all that encode a framing, by name.
func appenders(framing string, in *input) map[string]encode {
	all := map[string]encode{"loadframe": func() appender { return in.codec }}
	maps.Copy(all, encoders[framing])
	return all
}
