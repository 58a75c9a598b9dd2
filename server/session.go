package server

import (
	"bytes"
	"fmt"
	"time"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/preface"
)

// start makes the handler of a connection that opened without a preface, if it
// has none yet.
func (c *conn) start() error {
	if c.handler != nil {
		return nil
	}
	p := new(params)
	h, err := c.lis.srv.handler(c.lis.cfg.Handler, p)
	if err != nil {
		return err
	}
	return c.use(h, p.once)
}

// use makes h the handler, and lets it speak first if it wants to.
func (c *conn) use(h Handler, once bool) error {
	c.handler, c.once = h, once
	if o, ok := h.(Opener); ok {
		return o.Open(&c.r)
	}
	return nil
}

// end lets the handler have its last word.
func (c *conn) end() {
	err := c.start()
	if e, ok := c.handler.(Ender); ok && err == nil && !c.r.closing {
		err = e.End(&c.r)
	}
	if err != nil {
		c.refuse(err)
	}
}

// open looks for a preface in what came so far. It returns what follows it,
// or everything if this is no session of ours.
func (c *conn) open(chunk []byte) (rest []byte) {
	b := chunk
	if len(c.held) > 0 {
		c.held = append(c.held, chunk...)
		b = c.held
	}
	yes, maybe := preface.Match(b)
	if !yes && !maybe {
		c.phase, c.held = serving, nil
		c.be(c.lis.session)
		return b
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 && len(b) < preface.MaxLine {
		if len(c.held) == 0 {
			c.held = append(c.held, b...)
		}
		return nil
	}
	c.phase, c.held = serving, nil
	if end < 0 || end >= preface.MaxLine {
		c.refusePreface(refusedPreface, fmt.Errorf("preface: no line end in %d bytes, limit %d", len(b), preface.MaxLine))
		return nil
	}
	c.countPreface(len(b) - end - 1)
	c.wireIn = int64(len(b) - end - 1)
	if err := c.agree(b[:end]); err != nil {
		c.refusePreface(refusedPreface, err)
		return nil
	}
	return b[end+1:]
}

// agree makes the session that a preface asks for.
func (c *conn) agree(line []byte) error {
	o, err := preface.ParseOpening(line)
	if err != nil {
		return err
	}
	cod, err := c.lis.srv.framings.get(o.Framing)
	if err != nil {
		return err
	}
	p := &params{prefaced: true, left: o.Params}
	name := ""
	if o.Handler != "stats" { // which is asked about one, and is of none
		name = p.take("instance")
	}
	if err := checkInstance(name); err != nil {
		return err
	}
	h, err := c.lis.srv.handler(o.Handler, p)
	if err != nil {
		return err
	}
	c.codec, c.stream = cod, *codec.NewStream(cod)
	kind := sessionOf(o.Handler, cod)
	if name != "" {
		kind.instance = c.lis.srv.instances.enter(name, c.lis.srv.fold)
	}
	c.be(kind)
	c.r.line(preface.OK(preface.Param{Key: "max_frame", Value: fmt.Sprint(codec.Max(cod))},
		preface.Param{Key: "max_transfer", Value: fmt.Sprint(c.lis.srv.limits.MaxTransfer)}))
	c.prefaceOut = len(c.r.unsent())
	if err := c.use(h, p.once); err != nil {
		c.refuse(err)
	}
	return nil
}

func (c *conn) refusePreface(why refusal, err error) {
	c.lis.srv.stats.BadPrefaces.Add(1)
	c.because(err.Error())
	c.lis.srv.refusals[why].Add(1)
	c.r.line(preface.Refusal(err.Error()))
	c.r.closing, c.refused = true, true
}

// prefaceQuiet is how long the beginning of a preface waits for its rest
// before it is taken for text. Text alone would wait much shorter.
const prefaceQuiet = time.Second

// patience returns after how much silence [conn.silence] has to be called;
// 0 when silence means nothing now.
func (c *conn) patience() time.Duration {
	if c.phase == opening {
		switch {
		case len(c.held) == 0:
			return 0
		case len(c.held) < len(preface.Magic):
			return prefaceQuiet
		}
		return c.lis.srv.limits.Handshake
	}
	if q, ok := c.codec.(codec.Quieter); ok && c.phase == serving && c.stream.Buffered() > 0 {
		return q.Quiet()
	}
	return 0
}

// silence serves what the peer's silence has completed.
func (c *conn) silence() {
	c.noPreface(refusedHandshake)
	c.last(c.stream.Flush())
}

// noPreface gives up waiting for one. The beginning of the magic is text after
// all; it holds no line end, so take serves nothing yet.
func (c *conn) noPreface(why refusal) {
	if c.phase != opening {
		return
	}
	held := c.held
	c.phase, c.held = serving, nil
	if len(held) >= len(preface.Magic) {
		err := fmt.Errorf("preface: no line end after %d bytes and %v", len(held), c.lis.srv.limits.Handshake)
		if why == refusedPreface {
			err = fmt.Errorf("preface: the stream ended after %d bytes without a line end", len(held))
		}
		c.refusePreface(why, err)
		return
	}
	c.be(c.lis.session)
	c.take(held)
}
