package server

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
