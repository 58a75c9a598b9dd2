package server

import (
	"fmt"
	"strconv"

	"github.com/loadframe/loadframe/internal/preface"
)

// params are a preface's key=value pairs for the handler, of which those that
// it knows are taken out one by one.
type params struct {
	handler  string
	once     bool // the connection is closed after the first reply
	prefaced bool // the session opened with a preface
	left     []preface.Param
}

// take removes key and returns its value, "" if it is not there.
func (p *params) take(key string) string {
	for i, kv := range p.left {
		if kv.Key == key {
			p.left = append(p.left[:i], p.left[i+1:]...)
			return kv.Value
		}
	}
	return ""
}

// takeUint is take for a number up to max; without the key it is fallback.
func (p *params) takeUint(key string, fallback, max uint64) (uint64, error) {
	s := p.take(key)
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > max {
		return 0, fmt.Errorf("handler %s: %s=%.32s: want a number from 0 to %d", p.handler, key, s, max)
	}
	return n, nil
}

// unknown is the error about what nobody took.
func (p *params) unknown() error {
	if len(p.left) == 0 {
		return nil
	}
	return fmt.Errorf("handler %s has no parameter %.64q", p.handler, p.left[0].Key)
}
