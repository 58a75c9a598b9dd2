package client

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
)

// The contents of messages. PayloadFile is followed by ":" and a path.
const (
	PayloadRandom  = "random"  // seeded, all byte values
	PayloadLetters = "letters" // seeded, A-Z, a-z, 0-9, - and _: every framing carries them, and none escapes them
	PayloadText    = "text"    // lines of words
	PayloadZeros   = "zeros"
	PayloadWorst   = "worst" // the byte that the framing encodes longest, or else one that it writes itself
	PayloadFile    = "file"
)

// maxPayloadFile bounds a file of content: it is held in memory.
const maxPayloadFile = 64 << 20

// newContent returns the content that all connections share, each at a place
// of its own. Without a name it is random, but for bytes that the framing
// cannot carry; those are replaced.
func newContent(name string, cod codec.Codec, s *sizes) (func(seed uint64) pattern.Content, error) {
	word, path, _ := strings.Cut(name, ":")
	var page []byte
	var err error
	switch word {
	case "", PayloadRandom:
		page = make([]byte, pattern.Period)
		pattern.Seeded(0).ReadAt(page, 0)
		at, err := refusedByte(cod, page, s)
		if at < 0 && err == nil {
			return pattern.Seeded, nil
		}
		if at >= 0 && word == "" {
			page = carried(cod, page, s)
		}
	case PayloadLetters:
		page = make([]byte, pattern.Period)
		letters, _ := pattern.Named(pattern.Letters, 0)
		letters.ReadAt(page, 0)
	case PayloadText:
		page = words(pattern.Period)
	case PayloadZeros:
		page = make([]byte, 1)
	case PayloadWorst:
		page = []byte{worstByte(cod, s)}
	case PayloadFile:
		if page, err = readPayload(path); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("client: unknown payload %.64q: random, letters, text, zeros, worst or file:PATH", name)
	}
	if at, err := refusedByte(cod, page, s); at >= 0 {
		return nil, fmt.Errorf("client: framing %s cannot carry the payload %s: byte %d is 0x%02x: %w", cod, word, at, page[at%len(page)], err)
	} else if err != nil {
		return nil, fmt.Errorf("client: framing %s cannot carry messages of these sizes: %w", cod, err)
	}
	return pattern.Repeat(page).From, nil
}

func readPayload(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("client: payload: %w", err)
	}
	defer f.Close()
	page, err := io.ReadAll(io.LimitReader(f, maxPayloadFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("client: payload: %w", err)
	case len(page) == 0:
		return nil, fmt.Errorf("client: payload %s: the file is empty", path)
	case len(page) > maxPayloadFile:
		return nil, fmt.Errorf("client: payload %s: over the limit of %d bytes", path, maxPayloadFile)
	}
	return page, nil
}

// refusedByte tries all of the content on the codec, in messages of about the
// sizes that will be sent. It returns where the first byte lies that cannot be
// carried, -1 if there is none; an error with -1 is about the size.
func refusedByte(cod codec.Codec, page []byte, s *sizes) (int, error) {
	content := pattern.Repeat(page)
	var wire, message []byte
	carries := func(at int64, n int) error {
		message = append(message[:0], make([]byte, n)...)
		content.ReadAt(message, at)
		var err error
		wire, err = cod.Append(wire[:0], message)
		return err
	}
	size := min(s.max, maxTrial)
	if s.spec == "" {
		size = s.max // a framing may take no other
	}
	// Half a message further each time: a delimiter of several bytes may lie
	// across the end of one.
	step := max(1, size/2)
	for at := 0; at < len(page)+step; at += step {
		err := carries(int64(at), size)
		if err == nil {
			continue
		}
		// Messages that end earlier are carried up to the bad byte. Filling up
		// with what was good keeps the size.
		low, high := 0, size
		good := make([]byte, size)
		fill, ok := carriedByte(cod, size)
		if !ok {
			return -1, err
		}
		for low < high {
			mid := (low + high) / 2
			content.ReadAt(good, int64(at))
			for i := mid + 1; i < size; i++ {
				good[i] = fill
			}
			if _, e := cod.Append(wire[:0], good); e != nil {
				high = mid
			} else {
				low = mid + 1
			}
		}
		return (at + low) % len(page), err
	}
	return -1, nil
}

// maxTrial is the greatest message that a content is tried in when sizes vary.
const maxTrial = 64 << 10

// carriedByte returns a byte that the framing takes n times.
func carriedByte(cod codec.Codec, n int) (byte, bool) {
	message := make([]byte, n)
	for _, b := range "x\x00\xff0" {
		for i := range message {
			message[i] = byte(b)
		}
		if _, err := cod.Append(nil, message); err == nil {
			return byte(b), true
		}
	}
	return 0, false
}

// carried replaces what the framing refuses in page, byte by byte.
func carried(cod codec.Codec, page []byte, s *sizes) []byte {
	fill, _ := carriedByte(cod, min(s.max, maxTrial))
	var bad [256]bool
	for range page {
		at, _ := refusedByte(cod, page, s)
		if at < 0 {
			break
		}
		// A byte that is refused wherever it stands goes everywhere at once.
		b := page[at]
		if bad[b] = !takes(cod, b, s); !bad[b] {
			page[at] = fill
			continue
		}
		for i := range page {
			if page[i] == b {
				page[i] = fill
			}
		}
	}
	return page
}

func takes(cod codec.Codec, b byte, s *sizes) bool {
	message := make([]byte, min(s.max, maxTrial))
	for i := range message {
		message[i] = b
	}
	_, err := cod.Append(nil, message)
	return err == nil
}

// worstByte returns the byte whose repetition the framing makes longest (the
// delimiter that it has to escape). Among equals it is one that the framing
// itself writes around a message: half of a delimiter, or what looks like a
// head.
func worstByte(cod codec.Codec, s *sizes) byte {
	n := min(s.max, maxTrial)
	message := make([]byte, n)
	length := func(b byte) int {
		for i := range message {
			message[i] = b
		}
		wire, err := cod.Append(nil, message)
		if err != nil {
			return -1
		}
		return len(wire)
	}
	fill, _ := carriedByte(cod, n)
	worst, longest := fill, length(fill)
	wire, _ := cod.Append(nil, message)
	for i := range wire { // what the framing writes first: it wins ties
		if wire[i] != fill {
			if l := length(wire[i]); l > longest || l == longest && worst == fill {
				worst, longest = wire[i], l
			}
		}
	}
	for b := range 256 {
		if l := length(byte(b)); l > longest {
			worst, longest = byte(b), l
		}
	}
	return worst
}

// words returns n bytes of lines that read like text.
func words(n int) []byte {
	const of = "load frame stretch crush sample break curve wire head tail chunk window carry cut lane due payload message reply server client path delay"
	list := strings.Fields(of)
	random := make([]byte, n)
	pattern.Seeded(0).ReadAt(random, 0)
	page := make([]byte, 0, n+16)
	for i := 0; len(page) < n; i++ {
		page = append(page, list[int(random[i])%len(list)]...)
		if i%12 == 11 {
			page = append(page, '\n')
		} else {
			page = append(page, ' ')
		}
	}
	return page[:n]
}
