//go:build !amd64

package codec

func eachWidth(f func()) { f() }
