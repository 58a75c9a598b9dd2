package server

import (
	"testing"
	"time"
)

func TestStreamCommand(t *testing.T) {
	for _, tc := range []struct {
		word     string
		interval time.Duration
		count    int
		fault    string
		is       bool
	}{
		{"stream", 10 * time.Millisecond, 1000, "", true},
		{"stream-100-5", 100 * time.Millisecond, 5, "", true},
		{"stream 100 5", 100 * time.Millisecond, 5, "", true},
		{"stream\t100  5", 100 * time.Millisecond, 5, "", true},
		{"stream-+7-1_0", 7 * time.Millisecond, 10, "", true},
		{"stream-10-5-1024", 10 * time.Millisecond, 5, "", true},
		{"stream-60000-10000", time.Minute, 10000, "", true},
		{"stream-1-10001", time.Millisecond, 10000, "", true},
		{"stream-1-99999999999999999999", time.Millisecond, 10000, "", true},
		{"stream-1-99999999999999999999x", 0, 0, "Request for transfer of 99999999999999999999x pakets at: 1 has errors.", true},
		{"stream-60001-1", 0, 0, "Request for transfer of 1 pakets at: 60001 has errors.", true},
		{"stream-99999999999999999999-1", 0, 0, "Request for transfer of 1 pakets at: 99999999999999999999 has errors.", true},
		{"stream-0-5", 0, 0, "Request for transfer of 5 pakets at: 0 has errors.", true},
		{"stream 5 -1", 0, 0, "Request for transfer of -1 pakets at: 5 has errors.", true},
		{"stream-", 0, 0, "Request for transfer of none pakets at: none has errors.", true},
		{"stream of consciousness", 0, 0, "Request for transfer of consciousness pakets at: of has errors.", true},
		{"streams", 0, 0, "", false},
		{"mainstream-1-1", 0, 0, "", false},
		{"Stream", 0, 0, "", false},
		{"", 0, 0, "", false},
	} {
		got, is := streamCommand([]byte(tc.word))
		if got.interval != tc.interval || got.count != tc.count || got.fault != tc.fault || is != tc.is {
			t.Errorf("%q: %+v, %t", tc.word, got, is)
		}
	}
}
