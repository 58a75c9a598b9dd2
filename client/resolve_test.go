package client_test

import (
	"strings"
	"testing"
	"time"

	"github.com/loadframe/loadframe/client"
)

func TestResolve(t *testing.T) {
	for want, c := range map[string]client.Config{
		"unknown workload": {Workload: "pul"},
		"u33":              {Workload: "pull", Framing: "u33"},
		"depth -1":         {Workload: "echo", Depth: -1},
		"connections -1":   {Workload: "echo", Conns: -1},
		"16777217":         {Workload: "echo", Size: 16<<20 + 1},
		"verification":     {Workload: "echo", Verify: "some"},
		"negative":         {Workload: "echo", Bytes: -1},
		"seed 4":           {Workload: "pull", Plain: true, Seed: 4},
		"receipt":          {Workload: "ack", Framing: "raw"},
		"interval 1":       {Workload: "ack", Interval: time.Microsecond},
		"depth 2":          {Workload: "pull", Depth: 2},
	} {
		if _, _, err := c.Resolve(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", c, err, want)
		}
	}
	// A limit is only said to be raised where it can be.
	for framing, raised := range map[string]bool{"u8": false, "length:width=1": false, "fixed:size=299": false, "u32:max=299": true, "line:max=299": true, "u16:max=299": true} {
		_, _, err := client.Config{Workload: "echo", Framing: framing, Size: 300}.Resolve()
		if err == nil || strings.Contains(err.Error(), "raise it with max=") != raised {
			t.Errorf("%s: %v", framing, err)
		}
	}
	c, _, err := client.Config{Workload: "pull"}.Resolve()
	if err != nil || c.Conns != 1 || c.Size != 256<<10 || c.Duration != 10*time.Second || c.Verify != client.VerifyFull || c.Handler != "generate" {
		t.Errorf("defaults: %+v, %v", c, err)
	}
}
