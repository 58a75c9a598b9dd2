//go:build !linux

package pattern

import "os"

func memoryFile([]byte) *os.File { return nil }
