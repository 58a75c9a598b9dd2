package report

import (
	"math"
	"testing"
)

// A path as in the examples of RFC 6349: 100 Mbit/s Ethernet with an MTU of 1500 carries 8127 packets a second, which
// is 97.5 Mbit/s of IP and 94.9 Mbit/s of TCP payload; 100 MB in 11.5 s over an ideal 8.43 s.
func TestTransferTimeRatio(t *testing.T) {
	r := &Result{DurationS: 11.5, TCPInfo: &TCPInfo{MSS: new(int64(1460)), PMTU: new(int64(1500))}}
	r.Totals.WireBytes = new(int64(100_000_000))
	const path = 8127 * 1500 * 8
	if got, want := TransferTimeRatio(r, path), 11.5/(100e6/(8127*1460)); got == nil || math.Abs(*got-want) > 1e-9 || *got < 1.36 || *got > 1.37 {
		t.Errorf("%v, want %v", got, want)
	}
	r.DurationS = 100e6 / (8127 * 1460)
	if got := TransferTimeRatio(r, path); math.Abs(*got-1) > 1e-9 {
		t.Errorf("an ideal run has %v", *got)
	}
	for name, r := range map[string]*Result{
		"no TCP_INFO": {DurationS: 1, Totals: r.Totals}, "no time": {TCPInfo: r.TCPInfo, Totals: r.Totals}, "no bytes": {DurationS: 1, TCPInfo: r.TCPInfo},
	} {
		if got := TransferTimeRatio(r, path); got != nil {
			t.Errorf("%s: %v", name, *got)
		}
	}
	if got := TransferTimeRatio(r, 0); got != nil {
		t.Errorf("no bandwidth: %v", *got)
	}
}
