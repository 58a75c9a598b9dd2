package k6

import (
	"cmp"
	"fmt"
	"strings"

	"go.k6.io/k6/v2/lib"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/internal/report"
)

// instanceOf tells which part of which run this k6 process is. The run is named
// by k6's tag testid, or by k6-operator's testrun_name, which all instances of a
// run have in common.
func instanceOf(o *lib.Options, name string) (report.Instance, error) {
	of := report.Instance{Run: cmp.Or(o.RunTags["testid"], o.RunTags["testrun_name"], "k6")}
	if !nameForm.MatchString(of.Run) || len(of.Run) > 24 {
		return of, fmt.Errorf("tag testid or testrun_name: %.64q: want up to 24 letters, digits and . _ -: files are named after it", of.Run)
	}
	if of.Segment = (report.Segment{Index: 0, Count: 1, Start: "0", End: "1"}); o.ExecutionSegment != nil {
		span := o.ExecutionSegment.String()
		from, to, _ := strings.Cut(span, ":")
		of.Segment = report.Segment{Start: from, End: to}
		if s, err := client.ParseSegment(span); err == nil { // one of equal ones
			of.Segment.Index, of.Segment.Count = s.Index, max(s.Count, 1)
		}
	}
	of.ID = of.Run + "." + strings.NewReplacer("/", "of", ":", "-").Replace(of.Segment.String())
	return of, nil
}
