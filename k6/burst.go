package k6

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/lib"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// jsClient is what client() returns to a VU. Its connections outlast a burst, so
// each VU has its own.
type jsClient struct {
	*instance
	outcome *outcome
	session *client.Session // nil before the first burst
	open    int             // connections, as the module knows it
	warned  string          // of what the log was told last
}

// burstResult is what one burst was.
type burstResult struct {
	client.Result
	err     error // why it, or a part of it, failed
	end     time.Time
	latency []int64 // p50, p99, max; nil for bulk
}

// errAborted is the end of the whole test: the runtime has been told.
var errAborted = errors.New("aborted")

// burst runs one, and returns what came of it. A server that fails is a result,
// as it is for k6's own protocols; an exception tells of a mistake in the script.
func (c *jsClient) burst(sobek.FunctionCall) (sobek.Value, error) {
	state := c.vu.State()
	if state == nil {
		return nil, errors.New("burst() belongs to a function that VUs run: k6 also runs the top of a script to look at it")
	}
	if err := c.begin(state); errors.Is(err, errAborted) {
		return sobek.Undefined(), nil
	} else if err != nil {
		return nil, err
	}
	ctx := c.vu.Context()
	res, err := c.session.Burst(ctx, client.Observer{})
	open := c.session.Open()
	conns := c.module.conns.Add(int64(open - c.open))
	c.open = open
	if err != nil && ctx.Err() != nil && res.Took == 0 {
		return nil, fmt.Errorf("the burst was stopped before it began: %w", context.Cause(ctx))
	}
	c.outcome.results.Add(&res, err)
	b := &burstResult{Result: res, err: err, end: time.Now(), latency: latency(res.Response)}
	if err != nil && err.Error() != c.warned { // a server that refuses does so some thousand times a second
		c.warned = err.Error()
		state.Logger.Warnf("loadframe: burst failed: %v", err)
	}
	// Not only while ctx lasts: k6 takes samples until the last VU has come back,
	// and the last burst of a run counts like any other.
	state.Samples <- c.metrics.samples(b, conns, tagged(state.Tags.GetCurrentValues(), &res.Config, c.outcome.options.name))
	return c.vu.Runtime().ToValue(b.object()), nil
}

// begin makes the session of the VU.
func (c *jsClient) begin(state *lib.State) error {
	if c.session != nil {
		return nil
	}
	o := &c.outcome.options
	of, err := instanceOf(&state.Options, o.name)
	if err != nil {
		return err
	}
	if o.resultDir != "" {
		if err := c.outcome.results.Open(filepath.Join(o.resultDir, o.name), of); err != nil {
			// An exception would end the iteration, and k6 would go on for nothing.
			c.vu.Runtime().Interrupt(&errext.InterruptError{Reason: errext.AbortTest + ": loadframe: " + err.Error()})
			return errAborted
		}
	}
	config := o.config
	if !config.Plain {
		config.Instance = of.ID
	}
	// Connection i of VU v is connection (v-1)*conns+i of the run, so that the
	// content of no two is the same. VUs of setup() have the number 0.
	config.Seed += max(state.VUIDGlobal, 1)*uint64(max(config.Conns, 1)) - uint64(max(config.Conns, 1))
	if c.session, err = client.NewSession(config); err != nil {
		return err
	}
	c.module.mu.Lock()
	c.module.sessions = append(c.module.sessions, c.session)
	c.module.mu.Unlock()
	return nil
}

// object is the result as a script sees it. index.d.ts says what is in it.
func (b *burstResult) object() map[string]any {
	seconds := b.Took.Seconds()
	o := map[string]any{
		"messages":     b.Messages,
		"payloadBytes": b.Payload,
		"wireBytes":    b.Wire,
		"verifyErrors": b.VerifyErrors,
		"connections":  b.Connections,
		"errors":       b.errors(),
		"seconds":      seconds,
		"goodput":      report.PerSecond(b.Payload, seconds),
	}
	if q := b.latency; q != nil {
		o["p50Ms"], o["p99Ms"], o["maxMs"] = milliseconds(q[0]), milliseconds(q[1]), milliseconds(q[2])
	}
	if b.err != nil {
		o["error"] = b.err.Error()
	}
	return o
}

// latency returns of a burst what is told of it, and no more: to summarize all
// takes as long as some thousand messages.
func latency(h *hdrhistogram.Histogram) []int64 {
	if h == nil || h.TotalCount() == 0 {
		return nil
	}
	return h.ValueAtPercentilesSlice([]float64{50, 99, 100})
}
