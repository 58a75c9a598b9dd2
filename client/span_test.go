package client

import (
	"testing"
	"time"
)

// Bursts that are each too short to tell whether this machine kept up tell it
// together, until the session has rested.
func TestShortBurstsDoubtThemselvesTogether(t *testing.T) {
	var s span
	s.resume()
	if !s.begin.hasCPU {
		t.Skip("the system does not tell its use of the processors")
	}
	if h := s.judge(nil, nil); h.GeneratorLimited {
		t.Errorf("the first burst: %v", h.Reasons)
	}
	s.begin.at = time.Now().Add(-doubtLeast)
	s.begin.cpu.User -= time.Hour
	s.resume()
	if h := s.judge(nil, nil); !h.GeneratorLimited || !h.Busy || len(h.Reasons) == 0 {
		t.Errorf("after %v at the limit: %+v", doubtLeast, h)
	}
	s.resume()
	if h := s.judge(filled(3e6), filled(2e6)); !h.Busy || !h.Late || len(h.Reasons) < 2 {
		t.Errorf("the next burst, which is late: %+v", h)
	}
	s.till = time.Now().Add(-2 * doubtLeast)
	s.resume()
	if h := s.judge(nil, nil); h.GeneratorLimited {
		t.Errorf("after a rest: %v", h.Reasons)
	}
}
