package bench

import "github.com/loadframe/loadframe/internal/report"

// damageTally counts what became of the streams of one cell.
type damageTally struct {
	trials, detected, silent  int
	lost, distance            moments
	asked, never              int // trials with room to find the way again, and those in which it was not found
	resyncBytes, resyncFrames moments
}

// add counts one trial. distance is that of the first error, where one was detected.
func (t *damageTally) add(st *damageStream, d damage, detected bool, distance int, a *alignment) {
	t.trials++
	if detected {
		t.detected++
		t.distance.add(float64(distance))
	}
	if a.wrong > 0 {
		t.silent++
	}
	t.lost.add(float64(len(st.sent) - a.right))
	if d.kind == damageTruncate || d.frame+damageRoom >= len(st.sent) {
		return
	}
	t.asked++
	bad := d.frame
	if a.matched[bad] {
		bad++ // a byte too many behind the last one of a frame hurts the next one
	}
	if a.matched[bad] {
		t.resyncBytes.add(0)
		t.resyncFrames.add(0)
		return
	}
	for i := bad + 1; i < len(st.sent); i++ {
		if a.matched[i] {
			t.resyncBytes.add(float64(st.starts[i] + d.shift - d.at))
			t.resyncFrames.add(float64(i - bad))
			return
		}
	}
	t.never++
}

// fill writes the counts into a row.
func (t *damageTally) fill(row *report.Damage) {
	row.Detected, row.Silent = probabilityOf(t.detected, t.trials), probabilityOf(t.silent, t.trials)
	row.Lost, row.Distance = t.lost.mean(), t.distance.mean()
	row.ResyncBytes, row.ResyncFrames = t.resyncBytes.mean(), t.resyncFrames.mean()
	row.NeverResynced = probabilityOf(t.never, t.asked)
}
