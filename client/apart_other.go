//go:build !linux

package client

// apart is of Linux, whose scheduler it is about.
type apart struct{}

func (*apart) read() {}

func (*puller) ownThread() (giveBack func()) { return func() {} }
