package server

import (
	"testing"
	"unsafe"

	"github.com/loadframe/loadframe/codec"
)

// What every connection has, however idle: conn and its stream. (gnet has about
// as much again; TestAttackIdleConnections measures it all.)
func TestConnSize(t *testing.T) {
	conn, stream := unsafe.Sizeof(conn{}), unsafe.Sizeof(codec.Stream{})
	t.Logf("conn %d bytes, stream %d", conn, stream)
	if conn > 512 { // a size class of the allocator
		t.Errorf("a conn has %d bytes, want at most 512", conn)
	}
}
