package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// repeated is how long the same interruption may come again: timeout(1) signals the
// process and then its group, and a wrapper that a terminal interrupts too passes on
// what we have already got. Later it is a person who does not want to wait.
const repeated = time.Second

// interruptible returns a context that ends with the first of endSignals: what was
// measured is to be told. One that comes later than repeated after it ends the process
// at once.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, endSignals()...)
	context.AfterFunc(ctx, func() { time.AfterFunc(repeated, stop) })
	return ctx, stop
}

// endSignals are those that end a service or a run in peace. That the terminal has
// gone (SIGHUP) is one of them, unless somebody has asked for it to be ignored, as
// nohup does.
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
