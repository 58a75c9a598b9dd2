package client

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// StartTolerance is how late a run may begin that has a time to begin at: what
// connecting may have taken too long, or the clock be wrong by.
const StartTolerance = time.Second

// maxWait is how far ahead the beginning may be: more is a mistake in the unit.
const maxWait = 7 * 24 * time.Hour

// startReady is how long before the beginning the last questions are asked.
const startReady = 50 * time.Millisecond

// startSpin is how long before the beginning the waiting is done without
// sleeping: a sleep ends late by what the machine takes to wake up.
const startSpin = time.Millisecond

// checkStart refuses a time to begin at that has passed, or will not come.
func checkStart(at time.Time) error {
	switch late := time.Since(at); {
	case at.IsZero():
	case late > StartTolerance:
		return fmt.Errorf("start at %s: that was %v ago by this machine's clock; %v are tolerated", at.Format(time.RFC3339Nano), late.Round(time.Millisecond), StartTolerance)
	case late < -maxWait:
		return fmt.Errorf("start at %s: that is in %v; want %v at most", at.Format(time.RFC3339Nano), (-late).Round(time.Second), maxWait)
	}
	return nil
}

// awaitConnecting returns when it is time to connect for a load that begins at
// Config.StartAt: not much before, or what stands between would forget the
// connections meanwhile.
func (c *Config) awaitConnecting(ctx context.Context) error {
	if c.StartAt.IsZero() {
		return nil
	}
	return awaitTime(ctx, c.StartAt.Add(-c.Timeout))
}

// awaitStart returns when the load is to begin, and by how much that is late.
// It calls ready a moment before.
func (c *Config) awaitStart(ctx context.Context, ready func()) (late time.Duration, err error) {
	if c.StartAt.IsZero() {
		ready()
		return 0, nil
	}
	if err := awaitTime(ctx, c.StartAt.Add(-startReady)); err != nil {
		return 0, err
	}
	ready()
	if err := awaitTime(ctx, c.StartAt.Add(-startSpin)); err != nil {
		return 0, err
	}
	for time.Now().Before(c.StartAt) {
		runtime.Gosched()
	}
	if late = time.Since(c.StartAt); late > StartTolerance {
		return late, fmt.Errorf("client: %d connections are there %v after the time to start; %v are tolerated", c.workers(), late.Round(time.Millisecond), StartTolerance)
	}
	return late, nil
}

// awaitTime returns when the wall clock shows at, also if somebody sets it
// meanwhile.
func awaitTime(ctx context.Context, at time.Time) error {
	for {
		left := time.Until(at)
		if left <= 0 {
			return ctx.Err()
		}
		select {
		case <-time.After(min(left, time.Second)):
		case <-ctx.Done():
			return fmt.Errorf("client: before the start: %w", context.Cause(ctx))
		}
	}
}
