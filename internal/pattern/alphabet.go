package pattern

import "sync"

// The names of the seeded contents, by the bytes that they are made of. What a
// framing with delimiters carries is found by trying: all bytes, then fewer.
const (
	Random  = "random"  // all
	Letters = "letters" // A-Z, a-z, 0-9, - and _
	Digits  = "digits"  // 0-9
)

// Names returns the names that [Named] knows, those with more bytes first.
func Names() []string { return []string{Random, Letters, Digits} }

// Named returns the content of seed in an alphabet. It repeats after [Period]
// bytes whatever the alphabet is, so it shows loss and order as [Seeded] does,
// which it is for [Random].
func Named(name string, seed uint64) (c Content, ok bool) {
	switch c = Seeded(seed); name {
	case Random:
	case Letters:
		c.page, c.memory = letters(), &lettersMemory
	case Digits:
		c.page, c.memory = digits(), &digitsMemory
	default:
		return Content{}, false
	}
	return c, true
}

var (
	letters = sync.OnceValue(func() []byte {
		return mapped("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
	})
	digits = sync.OnceValue(func() []byte { return mapped("0123456789") })
)

// mapped is the seeded page in another alphabet.
func mapped(alphabet string) []byte {
	page := make([]byte, len(seededPage()))
	for i, b := range seededPage() {
		page[i] = alphabet[int(b)%len(alphabet)]
	}
	return page
}
