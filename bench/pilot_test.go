package bench

import (
	"flag"
	"math"
	"testing"

	"github.com/loadframe/loadframe/internal/report"
)

var long = flag.Bool("long", false, "run what takes long: 20,000 trials of damage, planted slowdowns on the real codecs")

// pilot is what was published of 1,500 trials a cell with other code: per cent detected, per cent silent, frames lost. Lengths had limits
// of 1 KiB and 1 MiB, which decide on how soon a wrong one is impossible. The end octet is that of AMQP behind a length of four bytes.
var pilot = []struct {
	name, spec         string
	flip, drop, insert [3]float64
}{
	{"u16", "u16:max=1KiB", [3]float64{3.5, 98, 1.7}, [3]float64{100, 97, 20.6}, [3]float64{100, 99, 20.7}},
	{"u32", "u32:max=1MiB", [3]float64{5.5, 96, 2.1}, [3]float64{100, 94, 20.8}, [3]float64{99.9, 96, 20.4}},
	{"uvarint", "uvarint:max=1MiB", [3]float64{1.5, 99, 1.3}, [3]float64{98.8, 97, 20.8}, [3]float64{98.3, 99, 19.6}},
	{"end octet", "length:width=4,adjust=1,trailer=ce,max=1MiB", [3]float64{6.4, 94, 2.3}, [3]float64{100, 0, 20.5}, [3]float64{100, 0.3, 20.5}},
	{"netstring", "netstring:max=1MiB", [3]float64{5.7, 94, 2.2}, [3]float64{100, 0, 20.0}, [3]float64{99.9, 0.5, 20.3}},
	{"line", "line:max=1MiB", [3]float64{0.1, 99.9, 1.0}, [3]float64{0, 100, 1.0}, [3]float64{0, 100, 1.0}},
	{"cobs", "cobs:max=1MiB", [3]float64{4.4, 96, 1.0}, [3]float64{98.3, 1.7, 1.0}, [3]float64{99.6, 0.4, 1.0}},
	{"slip", "slip:max=1MiB", [3]float64{1.3, 99, 1.0}, [3]float64{0.9, 99, 1.0}, [3]float64{1.6, 98, 1.0}},
	{"hdlc", "hdlc:max=1MiB", [3]float64{100, 0, 1.0}, [3]float64{97.5, 0, 1.0}, [3]float64{98.9, 0, 1.0}},
}

const (
	pilotTrials = 1500
	pilotZ      = 3.6 // of 81 comparisons none is expected so far off in 97 of 100 experiments
)

// What damage does agrees with the pilot, within what so few trials of it and its rounding allow.
func TestDamageAgreesWithPilot(t *testing.T) {
	trials := 2000
	if *long {
		trials = 20_000
	}
	farthest := 0.0
	for _, p := range pilot {
		rows := byteDamage(t, p.spec, trials)
		for i, want := range [][3]float64{p.flip, p.drop, p.insert} {
			d := rows[i]
			t.Logf("%-9s %-6s  detected %6.2f %% (%.2f to %.2f) pilot %5.1f   silent %6.2f %% (%.2f to %.2f) pilot %5.1f   lost %5.2f (%.2f to %.2f) pilot %4.1f",
				p.name, d.Kind, 100*d.Detected.P, 100*d.Detected.Low, 100*d.Detected.High, want[0],
				100*d.Silent.P, 100*d.Silent.Low, 100*d.Silent.High, want[1], d.Lost.Mean, d.Lost.Low, d.Lost.High, want[2])
			for _, c := range []struct {
				what string
				got  *report.Probability
				want float64
			}{{"detected", d.Detected, want[0]}, {"silent", d.Silent, want[1]}} {
				off := proportionsDiffer(c.got.P, trials, c.want)
				if farthest = max(farthest, off); off > pilotZ {
					t.Errorf("%s, %s: %s %.2f %%, pilot %.1f %%: %.1f standard errors", p.name, d.Kind, c.what, 100*c.got.P, c.want, off)
				}
			}
			// The pilot's error of a mean is that of the same distribution in fewer trials.
			se := errorOf(d.Lost) * math.Sqrt(1+float64(trials)/pilotTrials)
			off := (math.Abs(d.Lost.Mean-want[2]) - 0.05) / se
			if farthest = max(farthest, off); off > pilotZ {
				t.Errorf("%s, %s: lost %.2f, pilot %.1f: %.1f standard errors", p.name, d.Kind, d.Lost.Mean, want[2], off)
			}
		}
	}
	t.Logf("%d trials a cell; the farthest of 81 figures is %.2f standard errors off", trials, farthest)
}

// byteDamage is flip, drop and insert anywhere.
func byteDamage(t *testing.T, spec string, trials int) []report.Damage {
	t.Helper()
	all, err := contestants(contenders(spec))
	if err != nil {
		t.Fatal(err)
	}
	d := newDamageTrials(spec, all[0].codec, 1)
	d.cells = nil
	for _, kind := range damagedByte {
		d.cells = append(d.cells, damageCell{kind: kind, place: placeAny})
	}
	for n := range trials {
		d.try(n)
	}
	rows := d.rows(trials)
	for _, r := range rows {
		if r.Refused != "" {
			t.Fatal(spec, r.Refused)
		}
	}
	return rows
}

// proportionsDiffer is how many standard errors lie between what was found in some trials and per cent found in the pilot's, which were
// rounded: to whole per cent where they are whole, else to a tenth. Neither of the two is taken for the truth: that is their mean,
// with one more hit and miss, since none of 1,500 does not mean never.
func proportionsDiffer(p float64, trials int, percent float64) float64 {
	rounding := 0.05
	if percent == math.Trunc(percent) {
		rounding = 0.5
	}
	n, m := float64(trials), float64(pilotTrials)
	q := percent / 100
	both := (p*n + q*m + 1) / (n + m + 2)
	se := math.Sqrt(both * (1 - both) * (1/n + 1/m))
	return max(0, math.Abs(p-q)-rounding/100) / se
}
