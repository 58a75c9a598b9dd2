package codec_test

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// Every framing stands in the tables and drawings from which one is chosen.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/framing.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range codec.Names() {
		if drawn := regexp.MustCompile(`(?m)^` + name + `\b.*( |=)`); !drawn.Match(page) {
			t.Errorf("docs/framing.md draws no bytes of %s", name)
		}
		if !bytes.Contains(page, []byte("`"+name)) {
			t.Errorf("docs/framing.md has no row for %s", name)
		}
	}
}
