package namespace

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever has a network of his own sees no interface of the machine's.
func TestOwnNetwork(t *testing.T) {
	if !Own(t, unix.CLONE_NEWNET) {
		return
	}
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 {
			t.Errorf("%s is up already", i.Name)
		}
	}
}
