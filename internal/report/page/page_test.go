package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

func TestWriteRefuses(t *testing.T) {
	for want, docs := range map[string][]Document{
		"no documents":                    nil,
		"no page for a string":            {{Body: "text"}},
		"document 2: no page for a <nil>": {{Body: &report.Sent{}}, {}},
	} {
		var b bytes.Buffer
		if err := Write(&b, docs...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes were written", want, b.Len())
		}
	}
}

// A document of zero values is a page: what was not measured is not there.
func TestWriteOfNothing(t *testing.T) {
	for _, body := range []any{&report.Result{}, &report.Comparison{}, &report.Capacity{}, &report.Sent{}, &report.Received{}} {
		var b bytes.Buffer
		if err := Write(&b, Document{Body: body}); err != nil {
			t.Errorf("%T: %v", body, err)
		}
		if strings.Contains(b.String(), "<figure") {
			t.Errorf("%T: there is nothing to draw", body)
		}
	}
}
