package server

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/loadframe/loadframe/internal/datagram"
	"github.com/loadframe/loadframe/internal/pattern"
)

// udpOwn serves the datagrams of Loadframe's own client.
func udpOwn(l *udpLoop) {
	h, payload, err := datagram.Parse(l.in)
	if err != nil {
		l.count.Bad.Add(1)
		if len(l.in) >= datagram.HeaderLen {
			l.refuseRun(datagram.Header{}, false, err)
		}
		return
	}
	switch h.Kind {
	case datagram.Echo:
		l.reply(l.in, false)
	case datagram.Data:
		l.sinkData(h, payload)
	case datagram.Report:
		l.sinkReport(h)
	case datagram.Stop:
		l.stopRun(h)
	case datagram.File, datagram.Stream, datagram.Sink, datagram.Stats:
		l.request(h, payload)
	default:
		l.count.Bad.Add(1)
		l.refuseRun(h, false, fmt.Errorf("kind %d is not served here", h.Kind))
	}
}

// request serves what only a peer can have that has proved its address.
func (l *udpLoop) request(h datagram.Header, payload []byte) {
	r, err := datagram.ParseRequest(payload)
	if err != nil {
		l.count.Bad.Add(1)
		l.refuseRun(h, false, err)
		return
	}
	if !l.trusted && !l.tokens.good(r.Token, l.peer, l.now) {
		l.count.NoToken.Add(1)
		token := l.tokens.make(l.peer, l.now)
		l.answer(datagram.Header{Kind: datagram.Token, Run: h.Run}, token[:], false)
		return
	}
	switch h.Kind {
	case datagram.File:
		err = l.requestFile(h, r)
	case datagram.Stream:
		err = l.requestStream(h, r)
	case datagram.Sink:
		err = l.openSink(h, r)
	case datagram.Stats:
		err = l.tellStats(h)
	}
	if err != nil {
		l.refuseRun(h, true, err)
	}
}

func (l *udpLoop) requestFile(h datagram.Header, r datagram.Request) error {
	if limit := l.lis.srv.limits.MaxTransfer; h.Total > uint64(limit) {
		return l.refused(&udpRefusal{refusedTransfer, fmt.Sprintf("file too long: %d bytes, limit %d", h.Total, limit)})
	}
	size, err := payloadSize(r)
	if err != nil {
		l.count.Bad.Add(1)
		return err
	}
	rate := min(cmp.Or(r.Rate, uint64(l.service.Rate)), 1<<40)
	return l.beginRun(&udpFile{total: int64(h.Total), content: pattern.Seeded(r.Seed), size: size, rate: int64(rate)}, h)
}

func (l *udpLoop) requestStream(h datagram.Header, r datagram.Request) error {
	size, err := payloadSize(r)
	if err == nil && (r.Interval <= 0 || r.Interval > StreamMaxInterval) {
		err = fmt.Errorf("stream: interval %v: want more than 0, limit %v", r.Interval, StreamMaxInterval)
	}
	if err != nil {
		l.count.Bad.Add(1)
		return err
	}
	return l.beginRun(&udpStream{n: min(h.Sequence, StreamLimit), interval: r.Interval, content: pattern.Seeded(r.Seed), size: size}, h)
}

func payloadSize(r datagram.Request) (int, error) {
	if r.Size > datagram.MaxPayload {
		return 0, fmt.Errorf("datagrams of %d bytes, limit %d", r.Size, datagram.MaxPayload)
	}
	return int(cmp.Or(r.Size, textDatagram)), nil
}

func (l *udpLoop) beginRun(job udpJob, h datagram.Header) error {
	if err := l.begin(job, udpRun{id: h.Run}); err != nil {
		return l.refused(err)
	}
	return nil
}

// beginText starts what a text command asked for. There is no way to prove an
// address in text.
func (l *udpLoop) beginText(job udpJob) {
	if !l.trusted {
		l.count.NoToken.Add(1)
		if hint := tokenHint(proofFactor * len(l.in)); hint != nil {
			l.reply(hint, false)
		}
		return
	}
	if err := l.begin(job, udpRun{text: true}); err != nil {
		l.refuse("%v", l.refused(err))
	}
}

func (l *udpLoop) tellStats(h datagram.Header) error {
	b, err := json.Marshal(l.lis.srv.report())
	if err == nil {
		l.answer(datagram.Header{Kind: datagram.Stats, Run: h.Run}, b, true)
	}
	return err
}

// stopRun ends a transfer or a sink of its own sender.
func (l *udpLoop) stopRun(h datagram.Header) {
	if t := l.service.transfers.find(l.peer, udpRun{id: h.Run}); t != nil {
		t.stop()
	}
	l.closeSink(udpSinkKey{l.peer, h.Run})
}

// answer queues a header with a payload.
func (l *udpLoop) answer(h datagram.Header, payload []byte, proved bool) {
	h.Sent = l.now.UnixNano()
	l.reply(l.appended(func(b []byte) []byte { return append(h.Append(b), payload...) }), proved)
}

// refuseRun tells why not, as far as there is room.
func (l *udpLoop) refuseRun(h datagram.Header, proved bool, err error) {
	reason := []byte(err.Error())
	if !proved {
		reason = reason[:min(len(reason), proofFactor*len(l.in)-datagram.HeaderLen)]
	}
	l.answer(datagram.Header{Kind: datagram.Refused, Run: h.Run}, reason, proved)
}

// refuse answers a text command with a line that begins with ERR.
func (l *udpLoop) refuse(format string, a ...any) {
	l.reply(l.appended(func(b []byte) []byte { return fmt.Appendf(append(b, "ERR "...), format, a...) }), false)
}
