package proxy

import (
	"testing"
	"time"
)

// Whatever jitter draws, nothing is overtaken, and the mean is the delay where
// nothing could be.
func TestJitter(t *testing.T) {
	for _, spec := range []string{"delay=20ms,jitter=20ms", "delay=20ms,jitter=20ms,dist=normal,seed=3"} {
		src := &sender{}
		for i := range 3000 {
			src.parts = append(src.parts, []byte{byte(i), byte(i >> 8)})
			src.after = append(src.after, ms)
		}
		rec, _, err := flowOf(t, spec, src)
		if err != nil || len(rec.writes) != 3001 {
			t.Fatalf("%s: %d writes, %v", spec, len(rec.writes), err)
		}
		for i, b := 0, rec.data.Bytes(); i < 3000; i++ {
			if b[2*i] != byte(i) || b[2*i+1] != byte(i>>8) {
				t.Fatalf("%s: part %d is overtaken", spec, i)
			}
			if by := rec.writes[i].at - time.Duration(i+1)*ms; by < 0 || by > 40*ms {
				t.Fatalf("%s: part %d is late by %v", spec, i, by)
			}
		}
		again, _, _ := flowOf(t, spec, &sender{[][]byte{make([]byte, 5)}, nil})
		same, _, _ := flowOf(t, spec, &sender{[][]byte{make([]byte, 9)}, nil})
		if again.writes[0].at != same.writes[0].at {
			t.Errorf("%s: the same seed gives %v and %v", spec, again.writes[0].at, same.writes[0].at)
		}

		// Far apart nothing waits for what came before.
		src = &sender{}
		for range 2000 {
			src.parts = append(src.parts, []byte{0})
			src.after = append(src.after, time.Second)
		}
		rec, _, _ = flowOf(t, spec, src)
		sum := time.Duration(0)
		differ := map[time.Duration]bool{}
		for i, w := range rec.writes[:2000] {
			by := w.at - time.Duration(i+1)*time.Second
			sum += by
			differ[by] = true
		}
		if mean := sum / 2000; mean < 19*ms || mean > 21*ms || len(differ) < 1000 {
			t.Errorf("%s: mean of %v, %d different delays", spec, mean, len(differ))
		}
	}
}
