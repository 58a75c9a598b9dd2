//go:build !unix

package client

import "net"

// alive cannot be told here: the burst will see.
func alive(net.Conn) bool { return true }
