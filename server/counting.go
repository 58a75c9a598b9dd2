package server

// pending is what a connection has counted and not yet added to the server's
// counts: the kind of a session may not be known before its bytes are read, and
// adding once an event is cheaper.
type pending struct {
	bytesIn, reads        int64
	payloadIn, payloadOut int64
	framesIn, framesOut   int64
}

// be makes c a session of kind k, from where it is owned now.
func (c *conn) be(k session) {
	c.session = k
	c.settle()
}

// settle finds where c counts; its owner has changed, or its kind.
func (c *conn) settle() {
	if c.local != nil {
		c.traffic = c.local.traffic.of(c.session)
	} else {
		c.traffic = c.lis.srv.lane.of(c.session)
	}
}

// countPreface counts what came up to the end of the preface, rest bytes of the
// chunk before its end.
func (c *conn) countPreface(rest int) {
	n := c.bytesIn - int64(rest)
	t := c.traffics()
	t.mu.Lock()
	c.traffic.bytesIn += n
	t.mu.Unlock()
	c.bytesIn -= n
	if c.log != nil {
		c.log.bytesIn += n
	}
}

func (c *conn) countRead(n int) {
	c.reads++
	c.bytesIn += int64(n)
	c.wireIn += int64(n)
	c.looks = 0
	c.spent(inward, n)
}

// countWrite adds a write of n bytes to the server's counts. The lock is held.
func (c *conn) countWrite(n int) {
	c.looks = 0
	c.spent(outward, n)
	if c.log != nil {
		c.log.bytesOut += int64(n)
	}
	c.traffic.writes++
	if m := min(n, c.prefaceOut); m > 0 {
		c.prefaceOut -= m
		n -= m
		c.traffics().find(unopened).bytesOut += int64(m)
	}
	c.traffic.bytesOut += int64(n)
}

// countFrames adds what is pending to the server's counts. It is called before
// the replies are written: who has read them finds them counted. The lock is
// held.
func (c *conn) countFrames() {
	p, t := &c.pending, c.traffic
	if c.log != nil {
		c.log.count(p)
	}
	t.reads += p.reads
	t.bytesIn += p.bytesIn
	t.payloadIn += p.payloadIn
	t.payloadOut += p.payloadOut
	t.framesIn += p.framesIn
	t.framesOut += p.framesOut
	*p = pending{}
}

// count is countFrames, and countWrite if n is not 0, for who does not hold the
// lock.
func (c *conn) count(n int) {
	if n == 0 && c.pending == (pending{}) {
		return
	}
	t := c.traffics()
	t.mu.Lock()
	defer t.mu.Unlock()
	c.countFrames()
	if n > 0 {
		c.countWrite(n)
	}
}

// counted counts a reply of so many frames with n bytes of payload in all.
func (r *Reply) counted(frames, n int64) {
	r.conn.framesOut += frames
	r.conn.payloadOut += n
}

func (c *conn) traffics() *traffics {
	if c.local != nil {
		return &c.local.traffic
	}
	return &c.lis.srv.lane
}
