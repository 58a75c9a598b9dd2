// Package k6 is the k6 extension k6/x/loadframe: a script plans bursts, by
// k6's scenarios, executors and execution segments, and Loadframe's client runs
// each of them in Go, from its first message to its last. k6 is told sums and
// percentiles once a burst; the histograms of all messages are kept, and
// written when k6 exits, so that those of several instances merge exactly.
//
// It is a module of its own, because k6 is AGPL-3.0: so is this package.
package k6

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"

	"github.com/loadframe/loadframe/k6/internal/results"
)

// k6 knows an extension by its having registered itself.
func init() { modules.Register("k6/x/loadframe", &module{}) }

// module is what all VUs of a k6 process share.
type module struct {
	once  sync.Once
	conns atomic.Int64 // open between bursts

	mu       sync.Mutex
	outcomes map[string]*outcome // by the name of the client
	sessions []interface{ Close() }
}

// outcome is what all VUs' clients of one name have measured.
type outcome struct {
	options options
	results *results.Results
}

// instance is the module in one VU.
type instance struct {
	module  *module
	vu      modules.VU
	metrics *measures
	wrong   error // the metrics could not be made
}

// NewModuleInstance is called once for each VU that imports the module.
func (m *module) NewModuleInstance(vu modules.VU) modules.Instance {
	m.once.Do(func() { m.awaitExit(vu) })
	i := &instance{module: m, vu: vu}
	if env := vu.InitEnv(); env != nil {
		i.metrics, i.wrong = newMeasures(env.Registry)
	}
	return i
}

// Exports returns what a script can import.
func (i *instance) Exports() modules.Exports {
	client := i.contained(i.newClient)
	return modules.Exports{Default: map[string]any{"client": client}, Named: map[string]any{"client": client}}
}

// function is what a script calls.
type function func(sobek.FunctionCall) (sobek.Value, error)

// contained makes JavaScript exceptions of errors, and of panics of ours, which
// must not end k6.
func (i *instance) contained(do function) func(sobek.FunctionCall) sobek.Value {
	return func(call sobek.FunctionCall) sobek.Value {
		v, err := recovered(do, call)
		if err != nil {
			common.Throw(i.vu.Runtime(), fmt.Errorf("loadframe: %w", err))
		}
		return v
	}
}

func recovered(do function, call sobek.FunctionCall) (v sobek.Value, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *sobek.InterruptedError: // k6 ends the iteration
			panic(p)
		default:
			v, err = nil, fmt.Errorf("internal error, please report it: %v", p)
		}
	}()
	return do(call)
}

// newClient checks the options: it connects to nothing, since k6 also runs the
// init code of a script to look at it.
func (i *instance) newClient(call sobek.FunctionCall) (sobek.Value, error) {
	switch {
	case i.wrong != nil:
		return nil, i.wrong
	case i.vu.State() != nil:
		return nil, errors.New("client() belongs to the top of the script: one made in each iteration would connect in each")
	}
	o, err := parseOptions(call.Argument(0))
	if err != nil {
		return nil, err
	}
	out, err := i.module.outcomeOf(o)
	if err != nil {
		return nil, err
	}
	c := &jsClient{instance: i, outcome: out}
	object := i.vu.Runtime().NewObject()
	return object, object.Set("burst", i.contained(c.burst))
}

// outcomeOf returns where clients of these options add what they measure. A name
// stands for one set of options: otherwise its percentiles would be of no run.
func (m *module) outcomeOf(o options) (*outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.outcomes[o.name]
	if out == nil {
		out = &outcome{options: o, results: results.New(o.config)}
		if m.outcomes == nil {
			m.outcomes = map[string]*outcome{}
		}
		m.outcomes[o.name] = out
	}
	if out.options.text != o.text {
		return nil, fmt.Errorf("two clients with different options have the name %q: give each a name of its own", o.name)
	}
	return out, nil
}
