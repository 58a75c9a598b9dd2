package k6

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/sobek"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/units"
)

// options are those of a client, as a script gives them.
type options struct {
	name      string
	resultDir string // "": nothing is written
	config    client.Config
	text      string // all that was given
}

// option is a key of the object that client() takes. A value is read like that
// of a flag of the command line: 10, "10k", "64KiB", "1.5s".
type option struct {
	key string
	set func(o *options, text string) error
}

var optionTable = []option{
	{"addr", func(o *options, s string) (err error) {
		o.config.Network, o.config.Addr, err = splitAddr(s)
		return err
	}},
	{"workload", text(func(o *options) *string { return &o.config.Workload })},
	{"framing", text(func(o *options) *string { return &o.config.Framing })},
	{"handler", text(func(o *options) *string { return &o.config.Handler })},
	{"plain", func(o *options, s string) (err error) {
		o.config.Plain, err = strconv.ParseBool(s)
		return err
	}},
	{"conns", number(func(o *options) *int { return &o.config.Conns })},
	{"messages", func(o *options, s string) (err error) {
		o.config.Messages, err = units.ParseCount(s)
		return err
	}},
	{"bytes", func(o *options, s string) (err error) {
		o.config.Bytes, err = units.ParseSize(s)
		return err
	}},
	{"duration", span(func(o *options) *time.Duration { return &o.config.Duration })},
	{"size", func(o *options, s string) error {
		if strings.Contains(s, ":") {
			o.config.Sizes = s
			return nil
		}
		n, err := units.ParseSize(s)
		if err == nil && (n < 1 || n > math.MaxInt32) {
			err = fmt.Errorf("want 1 to %d bytes", math.MaxInt32)
		}
		o.config.Size = int(n)
		return err
	}},
	{"payload", text(func(o *options) *string { return &o.config.Payload })},
	{"depth", number(func(o *options) *int { return &o.config.Depth })},
	{"batch", number(func(o *options) *int { return &o.config.Batch })},
	{"rate", text(func(o *options) *string { return &o.config.Arrival })},
	{"verify", func(o *options, s string) error { o.config.Verify = client.Verify(s); return nil }},
	{"seed", func(o *options, s string) (err error) {
		o.config.Seed, err = strconv.ParseUint(s, 10, 64)
		return err
	}},
	{"timeout", span(func(o *options) *time.Duration { return &o.config.Timeout })},
	{"name", func(o *options, s string) error {
		if !nameForm.MatchString(s) {
			return errors.New("want letters, digits and . _ - behind a letter or digit, 64 at most: it becomes the name of a directory")
		}
		o.name = s
		return nil
	}},
	{"resultDir", text(func(o *options) *string { return &o.resultDir })},
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func text(at func(*options) *string) func(*options, string) error {
	return func(o *options, s string) error { *at(o) = s; return nil }
}

// number refuses 0 where a script gives it: for the client it is the default.
func number(at func(*options) *int) func(*options, string) error {
	return func(o *options, s string) error {
		n, err := units.ParseCount(s)
		if err == nil && (n < 1 || n > math.MaxInt32) {
			err = fmt.Errorf("want 1 to %d", math.MaxInt32)
		}
		*at(o) = int(n)
		return err
	}
}

func span(at func(*options) *time.Duration) func(*options, string) error {
	return func(o *options, s string) (err error) {
		*at(o), err = units.ParseDuration(s)
		return err
	}
}

// parseOptions reads the argument of client(), and refuses what cannot be run.
func parseOptions(v sobek.Value) (options, error) {
	var o options
	if v == nil || sobek.IsUndefined(v) || sobek.IsNull(v) {
		return o, errors.New("client() takes an object with addr and more: there is none")
	}
	given, ok := v.Export().(map[string]any)
	if !ok {
		return o, fmt.Errorf("client() takes an object with addr and more, not %.64q", v.String())
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(optionTable, func(k option) bool { return k.key == key })
		if i < 0 {
			return o, fmt.Errorf("unknown option %.64q: the options are %s", key, strings.Join(optionKeys(), ", "))
		}
		if given[key] == nil {
			continue // undefined, as __ENV.NAME is that is not set
		}
		s, err := textOf(given[key])
		if err == nil {
			err = optionTable[i].set(&o, s)
		}
		if err != nil {
			return o, fmt.Errorf("option %s: %.64q: %w", key, fmt.Sprint(given[key]), err)
		}
	}
	if o.config.Addr == "" {
		return o, errors.New("option addr: there is none: want host:port or unix:///path of a server")
	}
	o.config.Workload = cmp.Or(o.config.Workload, client.Echo)
	if o.config.Messages == 0 && o.config.Bytes == 0 && o.config.Duration == 0 {
		return o, errors.New("a burst has no end: give messages, bytes or duration")
	}
	doc, err := json.Marshal(given)
	if err != nil {
		return o, err
	}
	o.text = string(doc)
	_, _, err = o.config.Resolve()
	return o, err
}

func optionKeys() (keys []string) {
	for _, k := range optionTable {
		keys = append(keys, k.key)
	}
	return keys
}

// textOf returns a JavaScript value as it would be typed.
func textOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", errors.New("want a text, a number or a truth value")
}

// splitAddr reads an address as the command line does.
func splitAddr(s string) (network, addr string, err error) {
	network, addr, ok := strings.Cut(s, "://")
	if !ok {
		network, addr = "tcp", s
	}
	switch network {
	case "tcp", "tcp4", "tcp6":
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return "", "", errors.New("want host:port")
		}
	case "unix":
		if addr == "" {
			return "", "", errors.New("want unix:///path")
		}
	default:
		return "", "", fmt.Errorf("transport %q is not spoken here, only tcp, tcp4, tcp6, unix", network)
	}
	return network, addr, nil
}
