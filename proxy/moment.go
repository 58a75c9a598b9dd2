package proxy

import "time"

// moments lets happen what is due at the offset that was reached.
func (f *flow) moments() error {
	for len(f.moment) > 0 && f.moment[0].offset == f.off {
		act := f.moment[0].act
		f.moment = f.moment[1:]
		if err := f.wait(f.hold); err != nil { // a stall at the same offset comes first
			return err
		}
		if err := act(f); err != nil {
			return err
		}
	}
	return nil
}

// stall begins to hold at an offset.
func (f *flow) stall() error {
	if f.swallow {
		return nil
	}
	f.hold = time.Now().Add(f.spec.Stall.Hold)
	f.counts.stalls.Add(1)
	return nil
}

// release waits until no stall holds the direction.
func (f *flow) release() error {
	if err := f.wait(f.hold); err != nil || f.spec.Stall.Every == 0 || f.swallow {
		return err
	}
	every := f.spec.Stall.Every
	number := int64(time.Since(f.begin) / every)
	begin := f.begin.Add(time.Duration(number) * every)
	if number == 0 || !time.Now().Before(begin.Add(f.spec.Stall.Hold)) {
		return nil
	}
	if number != f.stalled {
		f.stalled = number
		f.counts.stalls.Add(1)
	}
	return f.wait(begin.Add(f.spec.Stall.Hold))
}

// fin tells the receiver the end before its time.
func (f *flow) fin() error {
	f.finAt = time.Time{}
	if f.swallow {
		return nil
	}
	f.swallow = true
	f.counts.fins.Add(1)
	_ = f.dst.CloseWrite() // it fails if the receiver is gone, who then needs no end
	return nil
}

// blackhole swallows what follows.
func (f *flow) blackhole() error {
	if f.swallow {
		return nil
	}
	f.swallow, f.mute = true, true
	f.counts.blackholes.Add(1)
	return nil
}

// reset ends the direction with what cuts the connection.
func (f *flow) reset() error { return errReset }
