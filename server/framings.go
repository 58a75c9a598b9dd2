package server

import (
	"sync"

	"github.com/loadframe/loadframe/codec"
)

// framings parses what sessions ask for, each spec once: sessions of one
// framing share a codec, and with a thousand connections its memory stays in
// the cache.
type framings struct {
	max int // greatest frame limit that a spec can ask for; 0: any

	mu     sync.Mutex
	parsed map[string]codec.Codec
}

// keptFramings bounds what peers can make the server remember; with one more it
// starts anew.
const keptFramings = 64

func (f *framings) get(spec string) (codec.Codec, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.parsed[spec]; c != nil {
		return c, nil
	}
	c, err := codec.Parse(spec)
	if err == nil && f.max > 0 && codec.Max(c) > f.max {
		c, err = codec.WithMax(c, f.max)
	}
	if err == nil {
		if f.parsed == nil || len(f.parsed) == keptFramings {
			f.parsed = map[string]codec.Codec{}
		}
		f.parsed[spec] = c
	}
	return c, err
}
