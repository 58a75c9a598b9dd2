package k6

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modulestest"

	"github.com/loadframe/loadframe/client"
)

func parse(t *testing.T, js string) (options, error) {
	t.Helper()
	v, err := sobek.New().RunString(js)
	if err != nil {
		t.Fatal(err)
	}
	return parseOptions(v)
}

// Numbers and texts mean what they mean on the command line.
func TestOptions(t *testing.T) {
	o, err := parse(t, `({ addr: "unix:///tmp/s", workload: "ack", framing: "uvarint", conns: "1k", messages: "10k", bytes: "1MiB", duration: 1.5, size: "4KiB",
		payload: "text", depth: 32, batch: 8, verify: "length", seed: 7, timeout: "2s", name: "a.b", resultDir: "d", handler: undefined, plain: false })`)
	if err != nil {
		t.Fatal(err)
	}
	want := client.Config{Network: "unix", Addr: "/tmp/s", Workload: "ack", Framing: "uvarint", Conns: 1000, Messages: 10000, Bytes: 1 << 20, Duration: 1.5e9,
		Size: 4096, Payload: "text", Depth: 32, Batch: 8, Verify: "length", Seed: 7, Timeout: 2e9}
	if !reflect.DeepEqual(o.config, want) || o.name != "a.b" || o.resultDir != "d" {
		t.Errorf("%+v", o)
	}
	o, err = parse(t, `({ addr: "h:1", messages: 1, size: "lognormal:100,1", rate: "poisson:10k" })`)
	if err != nil || o.config.Sizes != "lognormal:100,1" || o.config.Arrival != "poisson:10k" || o.config.Workload != client.Echo {
		t.Errorf("%+v, %v", o, err)
	}
}

// Each mistake is one clear error with the value.
func TestBadOptions(t *testing.T) {
	for js, want := range map[string]string{
		`undefined`:                                      "there is none",
		`5`:                                              `not "5"`,
		`({})`:                                           "option addr",
		`({ addr: "h:1" })`:                              "a burst has no end",
		`({ addr: "h:1", messages: 0 })`:                 "a burst has no end",
		`({ addr: "h:1", message: 5 })`:                  `unknown option "message": the options are addr, workload`,
		`({ addr: "h", messages: 5 })`:                   `option addr: "h": want host:port`,
		`({ addr: "udp://h:1", messages: 5 })`:           `transport "udp"`,
		`({ addr: "h:1", messages: -5 })`:                `option messages: "-5"`,
		`({ addr: "h:1", messages: 1.5 })`:               `option messages: "1.5"`,
		`({ addr: "h:1", messages: NaN })`:               `option messages: "NaN"`,
		`({ addr: "h:1", messages: {} })`:                `want a text, a number or a truth value`,
		`({ addr: "h:1", messages: 1, conns: 0 })`:       `option conns: "0": want 1 to`,
		`({ addr: "h:1", messages: 1, depth: "1G" })`:    "depth",
		`({ addr: "h:1", messages: 1, size: 0 })`:        "want 1 to",
		`({ addr: "h:1", messages: 1, size: "1EiB" })`:   "option size",
		`({ addr: "h:1", messages: 1, size: "uni:1" })`:  "uni",
		`({ addr: "h:1", messages: 1, plain: "maybe" })`: `option plain: "maybe"`,
		`({ addr: "h:1", messages: 1, name: "../x" })`:   `option name: "../x"`,
		`({ addr: "h:1", messages: 1, workload: "x" })`:  `unknown workload "x"`,
		`({ addr: "h:1", messages: 1, verify: "some" })`: `unknown verification "some"`,
		`({ addr: "h:1", messages: 1, framing: "u9" })`:  "u9",
		`({ addr: "h:1", messages: 1, seed: -1 })`:       `option seed: "-1"`,
	} {
		if _, err := parse(t, js); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", js, err, want)
		}
	}
}

// A panic of ours is an exception that a script can catch.
func TestPanicsAreExceptions(t *testing.T) {
	rt := sobek.New()
	i := &instance{module: &module{}, vu: &modulestest.VU{RuntimeField: rt}}
	if err := rt.Set("f", i.contained(func(sobek.FunctionCall) (sobek.Value, error) { panic("broken") })); err != nil {
		t.Fatal(err)
	}
	v, err := rt.RunString(`(() => { try { f(); } catch (e) { return String(e); } })()`)
	if err != nil || !strings.Contains(v.String(), "loadframe: internal error, please report it: broken") {
		t.Errorf("%v, %v", v, err)
	}
}

// The number that stands for k6's event is the event's.
func TestExitIsTheEventOfThatName(t *testing.T) {
	global, _ := reflect.TypeFor[common.Events]().FieldByName("Global")
	subscribe, _ := global.Type.MethodByName("Subscribe")
	event := reflect.New(subscribe.Type.In(0).Elem()).Elem()
	event.SetUint(exit)
	if name := fmt.Sprint(event.Interface()); name != "Exit" {
		t.Errorf("event %d is %s", exit, name)
	}
}
