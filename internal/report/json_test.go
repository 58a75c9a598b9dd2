package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// full returns a result with every pointer set, every slice of one element and every float set to f.
func full(f float64) *Result {
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Float64:
			v.SetFloat(f)
		case reflect.Int, reflect.Int64:
			v.SetInt(1)
		case reflect.Uint64:
			v.SetUint(1)
		case reflect.String:
			v.SetString("x")
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Pointer:
			if v.Type() == reflect.TypeFor[*Result]() {
				run := pull() // a result of several runs holds results
				run.Schema = Schema
				v.Set(reflect.ValueOf(run))
				return
			}
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0))
		case reflect.Map:
			value := reflect.New(v.Type().Elem()).Elem()
			fill(value)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("k"), value)
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				v.Set(reflect.ValueOf(time.Unix(1, 5).UTC()))
				return
			}
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		default:
			panic("a kind that WriteJSON was not thought for: " + v.Kind().String())
		}
	}
	var r Result
	fill(reflect.ValueOf(&r).Elem())
	return &r
}

// iperf3 prints NaN in its JSON (its issues 613, 1143, 1631), and every reader breaks.
func TestWriteJSONNeverPrintsNaN(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var b bytes.Buffer
		r := full(f)
		if err := WriteJSON(&b, r, false); err != nil {
			t.Fatalf("%v: %v", f, err)
		}
		if !json.Valid(b.Bytes()) {
			t.Fatalf("%v: not valid: %s", f, b.Bytes())
		}
		if bytes.Contains(b.Bytes(), []byte(`"client_cpu_s"`)) {
			t.Errorf("%v: a value that is no number is shown as measured: %s", f, b.Bytes())
		}
		if !math.IsNaN(r.DurationS) && r.DurationS != f {
			t.Errorf("%v: WriteJSON changed the result", f)
		}
		b.Reset()
		if err := WriteText(&b, r); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
			t.Errorf("%v: text has it too:\n%s", f, b.String())
		}
	}
}

func TestWriteJSONRoundTrip(t *testing.T) {
	var b bytes.Buffer
	want := full(1.5)
	if err := WriteJSON(&b, want, true); err != nil {
		t.Fatal(err)
	}
	var got Result
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&got, want) {
		t.Errorf("got %+v\nwant %+v", got, *want)
	}
}

// keys returns the keys of the object at v's top, in the order of the document.
func keys(t *testing.T, doc []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for d.More() {
		k, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, k.(string))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// The keys are a contract with the programs that read them.
func TestKeys(t *testing.T) {
	want := func(name string, doc any, keysWanted string) {
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := keys(t, b); !slices.Equal(got, strings.Fields(keysWanted)) {
			t.Errorf("%s: keys\n%s\nwant\n%s", name, got, strings.Fields(keysWanted))
		}
	}
	r := full(1)
	want("result", r, "schema tool command config host start duration_s workload framing transport totals rates directions latency_ns cost tcp_info stream path clock idle intervals health thresholds repeat instance merged error")
	want("tool", r.Tool, "name version go gnet")
	want("host", r.Host, "os arch cpus kernel gomaxprocs")
	want("totals", r.Totals, "messages payload_bytes wire_bytes errors verify_errors connections sent lost reordered duplicated unsent late faults")
	want("rates", r.Rates, "messages_per_s goodput_bytes_per_s wire_bytes_per_s")
	want("latency", r.Latency, "response service connect up down")
	want("quantiles", r.Latency.Response, "count min mean p50 p90 p99 p999 p9999 max curve")
	want("health", r.Health, "generator_limited reasons schedule_lag_ns")
	want("threshold", r.Thresholds[0], "expr value ok")
	want("empty result", Result{}, "schema tool command config host start duration_s workload framing transport totals rates")
	want("empty totals", Totals{}, "payload_bytes errors connections")
	want("empty rates", Rates{}, "goodput_bytes_per_s")
}

func TestWriteJSONDefaults(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, &Result{}, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"schema":"loadframe.result/1"`) || !strings.Contains(b.String(), `"command":[]`) {
		t.Error(b.String())
	}
	if strings.Count(b.String(), "\n") != 1 {
		t.Errorf("not one line: %q", b.String())
	}
}

func TestPerSecond(t *testing.T) {
	for _, c := range []struct {
		n       int64
		seconds float64
		want    float64
	}{{10, 2, 5}, {10, 0, 0}, {0, 0, 0}, {10, -1, 0}, {10, math.NaN(), 0}, {10, math.Inf(1), 0}, {math.MaxInt64, 5e-324, 0}} {
		if got := PerSecond(c.n, c.seconds); got != c.want {
			t.Errorf("PerSecond(%d, %v) = %v, want %v", c.n, c.seconds, got, c.want)
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken pipe")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	for name, err := range map[string]error{"json": WriteJSON(brokenWriter{}, pull(), true), "text": WriteText(brokenWriter{}, pull())} {
		if !errors.Is(err, errBroken) || !strings.HasPrefix(err.Error(), "report: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
