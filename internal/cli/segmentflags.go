package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
	"github.com/loadframe/loadframe/internal/units"
)

// segmentFlags make a run one of several instances, and its result one that
// merge takes.
type segmentFlags struct {
	segment string
	startAt string
	dir     string
	run     string
}

func (f *segmentFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.segment, "segment", "", "run this part of the load: 1/3, 2/3, 3/3, or 0:1/3, ...; env/3 takes the index from JOB_COMPLETION_INDEX or NOMAD_ALLOC_INDEX")
	fl.StringVar(&f.startAt, "start-at", "", "connect, and begin the load at this time: RFC 3339, seconds or nanoseconds since 1970, or +5s from now")
	fl.StringVar(&f.dir, "result-dir", "", "write result and histograms to this directory, named after run and segment, for loadframe merge")
	fl.StringVar(&f.run, "run-id", "", "name of the run, the same in all its instances (default: made of what is run)")
}

// on tells whether the run is one of several, or may be.
func (f *segmentFlags) on() bool { return f.segment+f.dir+f.run != "" }

// indexVariables say which of several instances this is, from 0.
var indexVariables = []string{"JOB_COMPLETION_INDEX", "NOMAD_ALLOC_INDEX"}

// parse reads --segment.
func (f *segmentFlags) parse() (client.Segment, error) {
	count, ok := strings.CutPrefix(f.segment, "env/")
	if !ok {
		s, err := client.ParseSegment(f.segment)
		if err != nil {
			return s, fmt.Errorf("--segment: %w", err)
		}
		return s, nil
	}
	name, value := "", ""
	for _, v := range indexVariables {
		switch is, set := os.LookupEnv(v); {
		case !set:
		case name != "" && is != value:
			return client.Segment{}, fmt.Errorf("--segment %s: %s is %.32q and %s is %.32q: which of the two?", f.segment, name, value, v, is)
		default:
			name, value = v, is
		}
	}
	if name == "" {
		return client.Segment{}, fmt.Errorf("--segment %s: neither %s is set", f.segment, strings.Join(indexVariables, " nor "))
	}
	index, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return client.Segment{}, fmt.Errorf("--segment %s: %s is %.32q: want a number from 0", f.segment, name, value)
	}
	n, err := strconv.ParseUint(count, 10, 31)
	if err == nil && index >= n && n > 0 {
		return client.Segment{}, fmt.Errorf("--segment %s: %s is %d: want 0 to %d", f.segment, name, index, n-1)
	}
	s, err := client.ParseSegment(fmt.Sprintf("%d/%s", index+1, count))
	if err != nil {
		return s, fmt.Errorf("--segment %s: %w", f.segment, err)
	}
	return s, nil
}

// parseStart reads --start-at.
func parseStart(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	fail := func(format string, args ...any) (time.Time, error) {
		return time.Time{}, fmt.Errorf("--start-at %.64q: "+format, append([]any{text}, args...)...)
	}
	if after, ok := strings.CutPrefix(text, "+"); ok {
		d, err := units.ParseDuration(after)
		if err != nil {
			return fail("%w", err)
		}
		return now.Add(d), nil
	}
	if strings.Trim(text, "0123456789.") != "" {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fail("want RFC 3339 such as 2026-01-02T15:04:05Z, seconds or nanoseconds since 1970, or +5s")
		}
		return at, nil
	}
	whole, part, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	ns, perr := strconv.ParseInt((part + "000000000")[:9], 10, 64)
	switch {
	case err != nil || perr != nil || strings.Contains(part, ".") || len(part) > 9:
		return fail("want seconds since 1970 with up to 9 decimals")
	case n >= 1e17 && part == "":
		return time.Unix(0, n), nil
	case n >= 1e11:
		return fail("%d is neither seconds nor nanoseconds since 1970", n)
	}
	return time.Unix(n, ns), nil
}

// config makes the run one of several.
func (f *loadFlags) split(c *client.Config) (err error) {
	s := &f.segments
	if c.Segment, err = s.parse(); err != nil {
		return err
	}
	if c.StartAt, err = parseStart(s.startAt, time.Now()); err != nil {
		return err
	}
	switch {
	case f.repeat > 1 && (s.on() || s.startAt != ""):
		return fmt.Errorf("--repeat %d: a run with --segment, --start-at, --result-dir or --run-id is one run", f.repeat)
	case s.segment != "" && c.Addr == "":
		return fmt.Errorf("--segment %s: want the address of a server: without one each segment would load a server of its own", s.segment)
	case s.run != "" && (len(s.run) > maxRunID || strings.Trim(s.run, runLetters) != ""):
		return fmt.Errorf("--run-id %.64q: want up to %d letters, digits and . _ -, and no dot in front", s.run, maxRunID)
	case strings.HasPrefix(s.run, "."):
		return fmt.Errorf("--run-id %.64q: a dot in front would hide the files", s.run)
	}
	c.AskClock = s.on() && !c.Plain
	return nil
}

const (
	maxRunID   = 40
	runLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
)

// runID names a run that has no name by what is run, so that all its instances
// come to the same without having met.
func (r *run) runID() string {
	f := &r.flags.segments
	if f.run != "" {
		return f.run
	}
	c := r.configOf(r.config, 0)
	c.Addr, c.Embedded, c.Bind, c.Affinity, c.Title, c.Labels, c.TimeoutS = "", false, "", "", "", nil, 0
	doc, _ := json.Marshal(c) // parsed values
	start := ""
	if !strings.HasPrefix(f.startAt, "+") && !r.config.StartAt.IsZero() {
		start = r.config.StartAt.UTC().String()
	}
	sum := sha256.Sum256(fmt.Appendf(doc, " %s %d", start, r.config.Segment.Count))
	return hex.EncodeToString(sum[:5])
}

// instanceID names this instance of the run.
func (r *run) instanceID() string {
	return r.runID() + "." + strings.Replace(r.config.Segment.String(), "/", "of", 1)
}

// instance returns what of a result says which part of a run it is of; nil for
// a run that nobody has made a part of one.
func (r *run) instance(res *client.Result) *report.Instance {
	if !r.flags.segments.on() {
		return nil
	}
	s := res.Config.Segment
	from, to := s.Span()
	out := &report.Instance{Run: r.runID(), ID: r.instanceID(), Segment: report.Segment{Index: s.Index, Count: max(s.Count, 1), Start: from, End: to},
		Clock: clock(res.Clock), ClockEnd: clock(res.ClockEnd)}
	out.Host, _ = os.Hostname()
	if r.dir != nil {
		out.Histograms = r.dir.Histograms()
	}
	if at := res.Config.StartAt; !at.IsZero() {
		out.StartAt = new(at)
		if res.Took > 0 {
			out.LateNs = new(res.Late.Nanoseconds())
		}
	}
	if p := res.Plan; p != nil {
		out.Plan = &report.Arrivals{Messages: p.Messages, Sum: fmt.Sprintf("%016x", p.Sum)}
	}
	if v := res.View; v != nil {
		out.Server = &report.ServerView{Sessions: v.Sessions, Open: v.Conns, BytesIn: v.BytesIn, BytesOut: v.BytesOut, PayloadIn: v.PayloadIn,
			PayloadOut: v.PayloadOut, FramesIn: v.FramesIn, FramesOut: v.FramesOut}
	}
	return out
}

func clock(o client.ClockOffset) *report.Clock {
	if o.Samples == 0 {
		return nil
	}
	return &report.Clock{OffsetNs: o.Offset.Nanoseconds(), ErrorNs: o.Error.Nanoseconds(), Samples: int64(o.Samples)}
}
