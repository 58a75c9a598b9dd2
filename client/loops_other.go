//go:build !linux

package client

import "github.com/loadframe/loadframe/codec"

// loops are of Linux: they wait with epoll.
type loops struct{}

func startLoops(*Config, codec.Codec, []session, *page) *loops { return nil }

func (*loops) stop() {}

func (*exchanger) joinLoop() (linked bool) { return false }

func (*exchanger) inLoop() (over bool, err error) { return false, nil }
