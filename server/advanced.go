package server

import (
	"bytes"

	"github.com/loadframe/loadframe/codec"
)

// ServerKey is what the advanced handler says first. The client answers with as
// many bytes, whichever they are.
const ServerKey = "bthDataComServerKey"

// AdvancedFraming is the framing of the advanced handler's clients: every
// command and every answer ends with 929Z.
const AdvancedFraming = "delim:sep=3932395a"

// advanced is a session of the older tool for files:
//
//	server  bthDataComServerKey                     no delimiter
//	client  bthDataComClientKey                     19 bytes of any kind, no delimiter
//	client  ls929Z                server  ...929Z   see files
//	client  dl NAME929Z           server  Sending NAME size: SpLiT5929Zhello
//	client  quit929Z              server  closes, says nothing
//	client  hello929Z             server  hello929Z
//
// The bytes of a file have no delimiter. Without a root the file commands are
// echoed.
type advanced struct {
	key   int // bytes of the client's key that are to come
	files files
}

func newAdvanced(Limits, *params) (Handler, error) {
	bare, err := codec.Parse("raw")
	return &advanced{key: len(ServerKey), files: files{bare: bare}}, err
}

// Open sends the key as it is: it is no frame.
func (h *advanced) Open(r *Reply) error {
	r.line(ServerKey)
	return nil
}

func (h *advanced) Serve(r *Reply, frame []byte) error {
	// The client's key stands before its first command, and may hold the
	// delimiter.
	if h.key > 0 {
		n := min(h.key, len(frame))
		h.key -= n
		frame = frame[n:]
		if h.key > 0 {
			h.key = max(h.key-len("929Z"), 0)
			return nil
		}
	}
	if string(frame) == "quit" {
		r.Close()
		return nil
	}
	if is, err := h.files.serve(r, bytes.TrimSpace(frame)); is {
		return err
	}
	return r.Frame(frame)
}
