package client

import "testing"

// What was late in the warm-up, and how it varied, is in no total.
func TestStreamWarmup(t *testing.T) {
	c, cod, err := Config{Workload: Stream, Addr: "127.0.0.1:1"}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(&c, cod, session{}, 0, &clock{}, newPage(&c))
	w.streamed = streamCount{jitter: 1e6, jittered: true, late: 3}
	if w.begin(); w.streamed != (streamCount{}) {
		t.Errorf("%+v", w.streamed)
	}
}
