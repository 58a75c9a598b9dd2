package codec

// Tail says what becomes of the bytes behind the last delimiter when the stream ends. The zero value is TailError: a protocol, unlike
// a text file, ends each message, so what is not ended was cut off.
type Tail uint8

const (
	TailError   Tail = iota // io.ErrUnexpectedEOF
	TailDeliver             // they are a frame, as if a delimiter followed; nothing if there are none
	TailDrop                // they are forgotten
)

var tailNames = []string{"error", "deliver", "drop"}

func (t Tail) check() error {
	if t > TailDrop {
		return specErrorf("tail=%d: must be error, deliver or drop", t)
	}
	return nil
}
