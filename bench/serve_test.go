package bench

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

var kept []*[48]byte

// A few objects are counted when they are made: what waits in a processor's
// cache of spans would be counted in another trial, or not at all.
func TestFewObjectsAreCounted(t *testing.T) {
	counts := func() used { return used{} }
	before := usedOf(counts, false).Allocs
	for range 20 {
		kept = append(kept, new([48]byte))
	}
	if n := usedOf(counts, false).Allocs - before; n < 20 || n > 100 {
		t.Errorf("%d objects are counted of 20", n)
	}
	kept = nil
}

// To ask what a server has used costs it nothing that would be counted.
func TestQuestionsAreNotCounted(t *testing.T) {
	p := started(t).bare
	least := int64(1 << 62)
	last, err := p.collect()
	for range 20 {
		u, e := p.used()
		if err = e; err != nil {
			break
		}
		least, last = min(least, u.Allocs-last.Allocs), u
	}
	if err != nil || least != 0 {
		t.Errorf("a question costs %d objects, %v", least, err)
	}
}

// What a server answers is all that it has used.
func TestAnswerIsWhole(t *testing.T) {
	want := used{Reads: 1, Writes: 2, Conns: 3, FramesIn: 4, BytesIn: 5, CPU: 6, Allocs: 7, Live: -8}
	for i, v := 0, reflect.ValueOf(want); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("%s is not tried", v.Type().Field(i).Name)
		}
	}
	var got used
	if err := json.Unmarshal(want.append(nil), &got); err != nil || got != want {
		t.Errorf("%s is %+v, %v", want.append(nil), got, err)
	}
}

// Two comparisons that counted a handful of objects a trial agree, whichever had
// none; thousands remain a difference.
func TestObjectsBesideMessages(t *testing.T) {
	some, none := estimateOf("allocs_per_message", "", []float64{2. / 432, 2. / 432, 40. / 432}), estimateOf("allocs_per_message", "", []float64{0, 0, 0})
	many := estimateOf("allocs_per_message", "", []float64{1.1, 1.2, 1.1})
	for _, e := range []*report.Estimate{some, none, many} {
		besideMessages(e, 2, []int64{576, 432, 448})
	}
	if some.Low != 0 || none.Low != 0 || some.Low > none.High {
		t.Errorf("%v to %v and %v to %v do not meet", some.Low, some.High, none.Low, none.High)
	}
	if many.Low < 0.9 || many.Median != 1.1 {
		t.Errorf("an object a message has become %v, of at least %v", many.Median, many.Low)
	}
}
