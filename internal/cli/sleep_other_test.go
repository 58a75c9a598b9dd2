//go:build !linux

package cli_test

import "time"

func sleep(d time.Duration) { time.Sleep(d) }
