package bench

import (
	"fmt"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
)

// overheadSizes are the payload bytes of the messages of Overheads.
var overheadSizes = []int{0, 1, 16, 64, 256, 1 << 10, 4 << 10, 64 << 10, 1 << 20}

// Overheads counts what each framing puts on the wire: for messages of 0 bytes to 1 MiB, of zeros, text, random bytes and the bytes
// that take the framing most room. Random messages are many of each size, 64 KiB in all or more, the same for all framings; of the
// other kinds one says all. Rows stand contender by contender, then by size, then by kind. Nothing is timed: two calls with one seed
// return the same.
//
// Beside what was counted stands what theory gives for the very same messages, computed from their content without the codec, and the
// bound of the framing's specification. A framing that cannot carry such a message has a row that says why; fixed is taken with the
// size of the messages. The error is of a framing that is none.
func Overheads(cs []report.Contender, seed uint64) ([]report.Overhead, error) {
	all, err := contestants(cs)
	if err != nil {
		return nil, err
	}
	random := map[int][]byte{}
	for i, size := range overheadSizes {
		random[size] = randomOf(seed, uint64(i), size*messagesOf(size))
	}
	var rows []report.Overhead
	for _, c := range all {
		for _, size := range overheadSizes {
			c := c.forSize(size)
			th, theoryErr := theoryOf(c.codec.String())
			for _, kind := range []string{payloadZeros, payloadText, payloadRandom, payloadWorst} {
				content := map[string]func() []byte{
					payloadZeros:  func() []byte { return make([]byte, size) },
					payloadText:   func() []byte { return textOf(size) },
					payloadRandom: func() []byte { return random[size] },
					payloadWorst:  func() []byte { return roomiest(c.codec, size) },
				}[kind]()
				row := report.Overhead{Contender: c.name, Size: int64(size), Payload: kind}
				if theoryErr == nil {
					row.Bound = perByte(th.bound(size), size)
				} else {
					row.Bound = perByte(c.codec.Bound(size), size)
				}
				if err := count(&row, c, content, th.wire); err != nil {
					row = report.Overhead{Contender: c.name, Size: int64(size), Payload: kind, Refused: err.Error()}
				}
				rows = append(rows, row)
			}
		}
	}
	return rows, nil
}

// messagesOf is how many random messages of a size there are: enough that a byte which a framing refuses is in one of them.
func messagesOf(size int) int { return min(max((64<<10)/max(1, size), 2), 4096) }

// count fills in a row from the messages of its size in content, which follow each other. formula is nil if there is none.
func count(row *report.Overhead, c contestant, content []byte, formula func([]byte) int) error {
	size := int(row.Size)
	row.Messages = 1
	if size > 0 {
		row.Messages = len(content) / size
	}
	var wire []byte
	theoretical := int64(0)
	for i := range row.Messages {
		message := content[i*size : (i+1)*size : (i+1)*size]
		var err error
		if wire, err = c.codec.Append(wire[:0], message); err != nil {
			return fmt.Errorf("cannot carry this payload: %w", err)
		}
		row.WireBytes += int64(len(wire))
		row.Worst = max(row.Worst, perByte(len(wire), size))
		if formula != nil {
			theoretical += int64(formula(message))
		}
	}
	all := row.Messages * size
	row.Mean = ratioOf(row.WireBytes, all, row.Messages)
	if formula != nil {
		row.TheoryBytes = &theoretical
		row.Exact = "=" + strconv.FormatFloat(ratioOf(theoretical, all, row.Messages), 'g', -1, 64)
	}
	return nil
}

// perByte is wire bytes a payload byte of one message, wire bytes where it is empty.
func perByte(wire, size int) float64 { return ratioOf(int64(wire), size, 1) }

// ratioOf is wire bytes a payload byte, a message where there are no payload bytes.
func ratioOf(wire int64, payload, messages int) float64 {
	if payload == 0 {
		payload = messages
	}
	return float64(wire) / float64(payload)
}
