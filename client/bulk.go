package client

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/pattern"
	"github.com/loadframe/loadframe/internal/preface"
)

// generated is content that both ends compute, by the name that the preface
// gives it.
type generated struct {
	key, name string // content=NAME or fill=BYTE
	of        func(seed uint64) pattern.Content
}

// chooseContent returns the content with the most bytes that the framing
// carries in messages of these sizes, or the one that is asked for.
func chooseContent(cod codec.Codec, s *sizes, asked string) (generated, error) {
	for _, name := range pattern.Names() {
		if asked != "" && name != asked {
			continue
		}
		if name == pattern.Random && fussy(cod) {
			continue // it may go well in one place and not in another
		}
		page := make([]byte, pattern.Period)
		content, _ := pattern.Named(name, 0)
		content.ReadAt(page, 0)
		at, err := refusedByte(cod, page, s)
		if at < 0 && err != nil {
			return generated{}, fmt.Errorf("client: framing %s cannot carry messages of these sizes: %w", cod, err)
		}
		if at < 0 {
			return generated{"content", name, func(seed uint64) pattern.Content { c, _ := pattern.Named(name, seed); return c }}, nil
		}
	}
	if asked != "" {
		return generated{}, fmt.Errorf("client: framing %s cannot carry the payload %s", cod, asked)
	}
	fill, ok := carriedByte(cod, min(s.max, maxTrial))
	if !ok || fill <= ' ' || fill > '~' {
		return generated{}, fmt.Errorf("client: framing %s carries no content that both ends can generate", cod)
	}
	return generated{"fill", string(rune(fill)), func(uint64) pattern.Content { return pattern.Filled(fill) }}, nil
}

// fussy tells whether a framing refuses some payloads for what is in them.
func fussy(cod codec.Codec) bool {
	size, exact := exactSize(cod)
	if _, checks := cod.(codec.Checker); checks && !exact {
		return true
	}
	s := constantSize(min(16, size))
	for b := range 256 {
		if !exact && !takes(cod, byte(b), &s) {
			return true
		}
	}
	return false
}

// exactSize returns the one size that messages of a framing have, if there is
// but one.
func exactSize(cod codec.Codec) (n int, exact bool) {
	name, _, _ := strings.Cut(cod.String(), ":")
	return codec.Max(cod), strings.TrimSuffix(name, "+crc32c") == "fixed"
}

// contentParams tells a server which content connection i has.
func (c *Config) contentParams(i int) []preface.Param {
	ps := []preface.Param{{Key: "seed", Value: param(c.seed(i))}}
	if g := c.generated; g.name != pattern.Random {
		ps = append(ps, preface.Param{Key: g.key, Value: g.name})
	}
	return ps
}

// resolveBulk settles the frames of a transfer.
func resolveBulk(c *Config, cod codec.Codec, what string) error {
	if err := notPaced(c, what); err != nil {
		return err
	}
	if n, exact := exactSize(cod); exact {
		c.Size = cmp.Or(c.Size, n)
	}
	if !codec.Delimits(cod) && c.Network == "unix" {
		c.Size = cmp.Or(c.Size, unixRead)
	} else if !codec.Delimits(cod) {
		c.Size = cmp.Or(c.Size, defaultRead)
	}
	c.Size = cmp.Or(c.Size, min(defaultFrame, codec.Max(cod)))
	switch {
	case c.Arrival != "":
		return fmt.Errorf("arrival %s: a %s goes as fast as it can", c.Arrival, what)
	case c.Payload != "" && c.Payload != PayloadLetters:
		return fmt.Errorf("payload %s: both ends generate the content of a %s", c.Payload, what)
	}
	return nil
}

// roundBytes makes whole frames of a bound in bytes, where the framing has no
// others.
func (c *Config) roundBytes(cod codec.Codec) {
	n, exact := exactSize(cod)
	if rest := c.Bytes % int64(max(1, n)); exact && rest > 0 && c.workload.bulk {
		asked := c.Bytes
		c.Bytes += int64(n) - rest
		c.Notes = append(c.Notes, fmt.Sprintf("%d bytes are rounded up to %d: every frame of %s has %d", asked, c.Bytes, cod, n))
	}
}

// resolveOnce settles how much a framing carries that has one message a
// direction.
func (c *Config) resolveOnce(cod codec.Codec) error {
	if !codec.Once(cod) || c.Workload == Churn {
		return nil
	}
	conns := int64(c.Conns)
	switch {
	case c.Workload == Stream:
		return fmt.Errorf("framing %s carries one message a direction, and a stream has many", cod)
	case c.Messages > conns:
		return fmt.Errorf("messages %d: framing %s carries one a connection, and there are %d (churn makes new ones)", c.Messages, cod, conns)
	case c.Depth > 1 && !c.workload.bulk || c.schedule != nil:
		return fmt.Errorf("framing %s carries one message a connection: no depth, no schedule", cod)
	case !c.workload.bulk:
		c.Messages = conns
		return nil
	}
	c.Bytes, c.Messages = cmp.Or(c.Bytes, int64(c.Size)*conns), 0
	each := (c.Bytes + conns - 1) / conns
	if each > int64(codec.Max(cod)) {
		return fmt.Errorf("bytes %d: framing %s carries one message of %d bytes a connection%s", c.Bytes, cod, codec.Max(cod), raise(cod, each))
	}
	c.Size = int(each)
	return nil
}

// prepareDuplex makes connections with an even number pull, the others push.
func prepareDuplex(w *worker) func() error {
	if pulls(w.id) {
		return newPuller(w).drive
	}
	return newPusher(w).drive
}

func pulls(i int) bool { return i%2 == 0 }

// pushes tells whether connection i sends and the server counts.
func (c *Config) pushes(i int) bool { return c.Workload == Push || c.Workload == Duplex && !pulls(i) }

func openDuplex(c *Config, i int) opening {
	if pulls(i) {
		o := openPull(c, i)
		o.handler = "generate"
		return o
	}
	o := openPush(c, i)
	o.handler = "sink"
	return o
}

func resolveDuplex(c *Config, cod codec.Codec) error {
	switch {
	case c.Plain:
		return errors.New("a plain server cannot be told which connection pulls and which pushes: run pull and push beside each other")
	case c.Handler != "":
		return fmt.Errorf("handler %s: a duplex has two, generate and sink", c.Handler)
	}
	return resolveBulk(c, cod, Duplex)
}
