package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

// A merged run's page names each instance, and the segment that is missing; one that is no merge has nothing of it.
func TestMergedPage(t *testing.T) {
	show := func(r *report.Result) string {
		var b bytes.Buffer
		if err := Write(&b, Document{Body: r}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	failed := sampleMerged()
	failed.Merged.Instances[1].Error, failed.Merged.PlanWhole = "connection 2: refused", new(false)
	text := show(failed)
	for _, want := range []string{"Instances of run nightly", "1/3", "host-3", "-3.20 ms", "± 110 µs", "2/3", "missing", "connection 2: refused", "another", "66.67 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(show(sampleMerged()), ">failed<") {
		t.Error("a column for failures that there are not")
	}
	if strings.Contains(show(sampleOpen()), "Instances") {
		t.Error("a run of one machine has instances")
	}
}
