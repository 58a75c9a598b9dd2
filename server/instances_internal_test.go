package server

import (
	"fmt"
	"testing"
)

// A loop keeps counts for the names that there are, not for those that there
// were, and loses none.
func TestCountsOfInstancesAreBounded(t *testing.T) {
	var names instances
	var counts traffics
	const peers = 5000
	for n := range peers {
		i := names.enter(fmt.Sprint("peer-", n), counts.fold)
		counts.of(session{handler: "echo", framing: "u32", instance: i}).framesIn += 1
		i.leave()
	}
	if len(counts.by) > maxInstances+2 || counts.tagged > maxInstances {
		t.Errorf("%d kinds of sessions are kept, %d of instances", len(counts.by), counts.tagged)
	}
	sum := int64(0)
	counts.each(func(k session, c *traffic) {
		if k.handler == "echo" {
			sum += c.framesIn
		}
	})
	if sum != peers {
		t.Errorf("%d frames of %d", sum, peers)
	}
	// One that never leaves makes no more kinds than there may be.
	for n := range 10 * maxTagged {
		counts.of(session{handler: "echo", framing: fmt.Sprint(n), instance: names.enter("busy", counts.fold)})
	}
	if counts.tagged > maxTagged+maxInstances {
		t.Errorf("%d kinds of sessions of one instance", counts.tagged)
	}
}
