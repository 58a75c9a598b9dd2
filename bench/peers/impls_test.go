package peers

import (
	"io"

	"github.com/loadframe/loadframe/codec"
)

// next returns the next frame, which holds until the next call.
type next func() ([]byte, error)

// decode returns what decodes r, whose frames carry size bytes each.
type decode func(r io.ReadCloser, size int) next

// encode returns what appends one frame to w.
type encode func(w *sink) func(payload []byte) error

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
	"u32":       {"append": appendU32, "go-msgio": msgioWriteU32, "gogo-protobuf": gogoWriteU32, "k8s-framer": k8sWriteU32},
	"uvarint":   {"append": appendUvarint, "go-msgio": msgioWriteUvarint, "gogo-protobuf": gogoWriteUvarint},
	"line":      {"append": appendLine},
	"netstring": {"append": appendNetstring},
	"chunked":   {"net/http": httpWriteChunked},
	"cobs":      {"textbook": textbookWriteCOBS},
	"slip":      {"textbook": textbookWriteSLIP},
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

// writers are all that encode a framing, by name.
func writers(framing string, in *input) map[string]encode {
	all := map[string]encode{"loadframe": func(w *sink) func([]byte) error {
		return func(p []byte) (err error) {
			w.b, err = in.codec.Append(w.b, p)
			return err
		}
	}}
	for name, e := range encoders[framing] {
		all[name] = e
	}
	return all
}
