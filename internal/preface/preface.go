// Package preface is the opening of a session: one line from the client that
// names framing and handler, and one line of answer.
//
//	client  LOADFRAME/1 framing=u32 handler=generate seed=7\n
//	server  OK max_frame=16777216\n
//	   or   ERR unknown handler "genrate"; handlers are ack, command, ...\n   and close
//
// What follows the two line ends is framed as agreed.
package preface

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

const (
	// Magic begins every preface, of any version.
	Magic = "LOADFRAME/"

	// Version is the one version spoken here.
	Version = "1"

	// MaxLine is the greatest length in bytes of either line, with its LF.
	MaxLine = 1024
)

// Param is one key=value of a line.
type Param struct{ Key, Value string }

// Opening is the client's line.
type Opening struct {
	Framing string // what codec.Parse accepts
	Handler string
	Params  []Param // for the handler, in the order given
}

// Match tells whether the bytes that a peer has sent so far open a session:
// yes is final, and so is no; maybe means that they are too few to tell.
func Match(b []byte) (yes, maybe bool) {
	n := min(len(b), len(Magic))
	same := string(b[:n]) == Magic[:n]
	return same && n == len(Magic), same && n < len(Magic)
}

// String returns the line, with its LF.
func (o Opening) String() string {
	return Magic + Version + params(append([]Param{{"framing", o.Framing}, {"handler", o.Handler}}, o.Params...)) + "\n"
}

// ParseOpening reads a client's line, without its LF. A CR before it is
// dropped, for people who type it into telnet.
func ParseOpening(line []byte) (Opening, error) {
	var o Opening
	rest, ok := strings.CutPrefix(strings.TrimSuffix(string(line), "\r"), Magic)
	if !ok {
		return o, fmt.Errorf("preface: %.32q does not begin with %q", line, Magic)
	}
	version, rest, _ := strings.Cut(rest, " ")
	if version != Version {
		return o, fmt.Errorf("preface: version %.32q is not spoken here, only %q", version, Version)
	}
	all, err := parseParams(rest)
	if err != nil {
		return o, err
	}
	for _, p := range all {
		switch p.Key {
		case "framing":
			o.Framing = p.Value
		case "handler":
			o.Handler = p.Value
		default:
			o.Params = append(o.Params, p)
		}
	}
	if o.Framing == "" || o.Handler == "" {
		return o, fmt.Errorf("preface: %.200q lacks framing= or handler=", line)
	}
	return o, nil
}

// ErrRefused is wrapped by the error of [ParseAnswer] for an ERR line.
var ErrRefused = errors.New("refused by the server")

// OK returns the line of a server that agrees, with its LF.
func OK(ps ...Param) string { return "OK" + params(ps) + "\n" }

// Refusal returns the line of a server that does not, with its LF. Line ends
// and other control bytes in reason, and what is over the limit, are replaced.
func Refusal(reason string) string {
	const room = MaxLine - len("ERR \n") - len("...")
	reason = strings.Map(printable, reason)
	if len(reason) > room {
		reason = reason[:room] + "..."
	}
	return "ERR " + reason + "\n"
}

// ParseAnswer reads a server's line, without its LF: the limits it tells, or
// an error that wraps [ErrRefused] with the server's reason.
func ParseAnswer(line []byte) ([]Param, error) {
	s := string(bytes.TrimSuffix(line, []byte("\r")))
	if reason, ok := strings.CutPrefix(s, "ERR "); ok {
		return nil, fmt.Errorf("%w: %s", ErrRefused, strings.Map(printable, reason))
	}
	rest, ok := strings.CutPrefix(s, "OK")
	if !ok || rest != "" && rest[0] != ' ' {
		return nil, fmt.Errorf("preface: the peer answered %.64q: not a Loadframe server? (plain mode sends no preface)", s)
	}
	return parseParams(rest)
}

func params(ps []Param) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(" " + p.Key + "=" + p.Value)
	}
	return b.String()
}

func parseParams(s string) ([]Param, error) {
	var ps []Param
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(s) {
		key, value, ok := strings.Cut(word, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("preface: %.64q is not key=value", word)
		}
		if seen[key] {
			return nil, fmt.Errorf("preface: key %.64q stands twice", key)
		}
		seen[key] = true
		ps = append(ps, Param{key, value})
	}
	return ps, nil
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '.'
	}
	return r
}
