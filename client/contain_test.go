package client

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

// What is wrong with us fails the run, not the program that it is a part of.
func TestPanicsAreContained(t *testing.T) {
	for _, depth := range []int{1, 1 << 20} { // one goroutine, and two
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		c, cod, err := Config{Workload: Echo, Plain: true, Addr: l.Addr().String(), Messages: 10, Depth: depth}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		c.sizes = sizes{spec: "broken", max: 64, min: 64} // nothing to choose from
		_, err = newSession(c, cod).run(context.Background(), Observer{})
		if !errors.Is(err, errInternal) || !strings.Contains(err.Error(), "sizes.go") {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}
