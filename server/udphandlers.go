package server

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// udpHandler answers the datagram that the loop is at.
type udpHandler func(*udpLoop)

// udpHandlers names what a UDP listener may serve. As over TCP but for:
//
//	ack       always the whole receipt: a datagram says where it ends
//	command   also serves Loadframe's own datagrams (package datagram)
//	sink      counts, and answers none but Loadframe's own datagrams
//	time      answers every datagram, since nobody connects
var udpHandlers = map[string]udpHandler{
	"ack":     udpAck,
	"command": udpCommand,
	"echo":    udpEcho,
	"sink":    udpSink,
	"stamp":   udpStamp,
	"time":    udpTime,
}

func udpEcho(l *udpLoop) { l.reply(l.in, false) }

func udpAck(l *udpLoop) {
	l.reply(l.appended(func(b []byte) []byte { return appendAck(b, l.in) }), false)
}

func udpTime(l *udpLoop) {
	l.reply(l.appended(func(b []byte) []byte { return appendClock(b, l.now) }), false)
}

// stampLen is the length of "[Fri Nov 20 22:21:34 2026] ".
const stampLen = len(time.ANSIC) + 3

func udpStamp(l *udpLoop) {
	if len(l.in) > maxDatagram-stampLen {
		l.refuse("stamp: datagram too long: %d bytes, limit %d", len(l.in), maxDatagram-stampLen)
		return
	}
	l.reply(l.appended(func(b []byte) []byte {
		b = append(b, '[')
		if datagram.Is(l.in) { // our own client measures the delay of one direction
			b = strconv.AppendInt(b, l.now.UnixNano(), 10)
		} else {
			b = l.now.AppendFormat(b, time.ANSIC)
		}
		return append(append(b, "] "...), l.in...)
	}), false)
}

func udpSink(l *udpLoop) {
	if datagram.Is(l.in) {
		udpOwn(l)
	}
}

// maxDatagram is the greatest payload that UDP over IPv4 carries.
const maxDatagram = 65507

// udpCommand is the grammar of the command handler in datagrams, one command
// each, and what the older UDP client of the field speaks:
//
//	N              file_prepared, then datagrams of 1024 times 'A', the last shorter
//	stream-MS-N    N datagrams that are the request, one every MS milliseconds
//	SYN            ACK!
//	time           as the time handler
//	quit           nothing: nobody is connected
//	other          is echoed, byte for byte
//
// Of a negative N, and of 0, what the command handler says over TCP is true here.
func udpCommand(l *udpLoop) {
	if datagram.Is(l.in) {
		udpOwn(l)
		return
	}
	word := bytes.TrimSpace(l.in)
	switch string(word) {
	case "SYN":
		l.reply([]byte(AckText), false)
		return
	case "time":
		udpTime(l)
		return
	case "quit":
		return
	}
	if s, is := streamCommand(word); is {
		if s.refused {
			l.lis.srv.refusals[refusedStream].Add(1)
		}
		if s.fault != "" {
			l.reply(l.appended(func(b []byte) []byte { return append(b, s.fault...) }), false)
		} else {
			l.beginStream(s.interval, s.count)
		}
		return
	}
	n, is := integer(word)
	limit := min(CommandLimit, l.lis.srv.limits.MaxTransfer)
	switch {
	case !is || n == 0:
		l.reply(l.in, false)
	case n > limit:
		l.lis.srv.refusals[refusedTransfer].Add(1)
		l.reply(l.appended(func(b []byte) []byte {
			return fmt.Appendf(b, "Request for file of %s chars. Server limit is: %d chars.", decimal(word), limit)
		}), false)
	default:
		l.beginText(&udpFile{total: max(n, 0), content: lettersA, size: textDatagram, rate: l.service.Rate, text: true})
	}
}
