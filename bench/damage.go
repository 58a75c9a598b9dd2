package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// Damages damages streams and tells what becomes of them. A stream is 40 frames of 8 to 120 random bytes (printable ones for line and
// delim; all of its size for fixed), its trials are independent, and in each one thing is wrong:
//
//	kinds    flip a bit · drop a byte · insert a byte of any value · truncate the stream · duplicate a byte
//	places   any byte · in a head · in a payload · in a delimiter, trailer or checksum; of a truncation also: on a frame boundary
//
// What came out is matched with what was sent, in order and as far as it can be: the longest common subsequence of frames.
//
//	Detected       an error was raised. The end of the stream inside a frame is one: a connection that goes on would hang instead
//	Silent         a frame was delivered that matches none that was sent
//	Lost           frames sent that no frame delivered matches
//	Distance       bytes from the damage to the byte that raised the first error; to the end of the stream if it was that
//	ResyncFrames   frames from the damaged one, itself included, to the first one behind it that is right; 0 if the damage did no harm
//	ResyncBytes    bytes from the damage to where that frame begins; 0 if the damage did no harm
//	NeverResynced  none of the frames behind the damaged one was right
//
// The damaged frame is the one in which the damage lies or, if that one arrived, the next: a second delimiter hurts what follows it.
// The last three are of the trials in which at least damageRoom frames follow the damaged one, and of no truncation. An error that a
// decoder does not survive ends the stream; those that do (cobs, slip, hdlc, toolong=discard) go on.
//
// Rows stand contender by contender, then by kind, then by place; trials is how many each has. Refused says that a framing has no such
// place, or cannot be damaged so at all. The same seed gives the same rows, and the same payloads for all framings. progress, if not
// nil, is called now and then, from this goroutine, with how many of all trials are done. When ctx ends the rows of the contenders
// that are whole are returned with its error.
func Damages(ctx context.Context, cs []report.Contender, seed uint64, trials int, progress func(done, all int)) ([]report.Damage, error) {
	if trials < 1 {
		return nil, fmt.Errorf("bench: damage in %d trials: at least 1", trials)
	}
	all, err := contestants(cs)
	if err != nil {
		return nil, err
	}
	return damages(ctx, all, seed, trials, progress)
}

// damageRoom is how many frames must follow the damaged one, that a framing has the time to find its way again.
const damageRoom = 8

// damageStep is how many streams there are between two looks at the context.
const damageStep = 100

func damages(ctx context.Context, all []contestant, seed uint64, trials int, progress func(done, all int)) ([]report.Damage, error) {
	var rows []report.Damage
	for i, c := range all {
		t := newDamageTrials(c.name, c.codec, seed)
		for n := 0; n < trials; n++ {
			if n%damageStep == 0 {
				if progress != nil {
					progress(i*trials+n, len(all)*trials)
				}
				if err := ctx.Err(); err != nil {
					return rows, err
				}
			}
			t.try(n)
		}
		rows = append(rows, t.rows(trials)...)
	}
	if progress != nil {
		progress(len(all)*trials, len(all)*trials)
	}
	return rows, nil
}

// damageTrials are those of one framing.
type damageTrials struct {
	name    string
	codec   codec.Codec
	seed    uint64
	source  *damageSource
	refused error // no stream can be damaged
	cells   []damageCell

	// Memory that the trials share.
	damaged []byte
	got     delivery
	match   alignment
}

// damageCell is one kind at one place.
type damageCell struct {
	kind, place string
	trials      int
	tally       damageTally
}

func newDamageTrials(name string, c codec.Codec, seed uint64) *damageTrials {
	t := &damageTrials{name: name, codec: c, seed: seed}
	t.source, t.refused = newDamageSource(c, seed)
	for _, kind := range damageKinds {
		for _, place := range damagePlaces {
			t.cells = append(t.cells, damageCell{kind: kind, place: place})
		}
		if kind == damageTruncate {
			t.cells = append(t.cells, damageCell{kind: kind, place: placeBoundary})
		}
	}
	return t
}

// try makes stream n and damages it once for each cell.
func (t *damageTrials) try(n int) {
	if t.refused != nil {
		return
	}
	stream, err := t.source.generate(n)
	if err != nil {
		t.refused = fmt.Errorf("cannot carry these payloads: %w", err)
		return
	}
	r := rand.New(rand.NewPCG(^t.seed, uint64(n)))
	for i := range t.cells {
		cell := &t.cells[i]
		d, ok := stream.pick(r, cell.kind, cell.place)
		if !ok {
			continue
		}
		t.damaged = d.apply(t.damaged, stream.wire, r)
		t.got.decode(t.codec, t.damaged)
		t.match.align(stream.sent, t.got.frames)
		cell.trials++
		distance := 0
		if t.got.err != nil {
			distance = t.got.gaveAway(t.codec, t.damaged) - d.at
		}
		cell.tally.add(stream, d, t.got.err != nil, distance, &t.match)
	}
}

// rows returns what all trials came to.
func (t *damageTrials) rows(trials int) []report.Damage {
	rows := make([]report.Damage, len(t.cells))
	for i := range t.cells {
		cell := &t.cells[i]
		row := &rows[i]
		row.Contender, row.Kind, row.Place = t.name, cell.kind, cell.place
		switch {
		case t.refused != nil:
			row.Refused = t.refused.Error()
		case cell.trials < trials:
			row.Refused = refusedPlace(cell.place, t.has(cell.place))
		default:
			row.Trials = trials
			cell.tally.fill(row)
		}
	}
	return rows
}

// has tells whether frames have such a place, be it of one byte, which no cut lies inside.
func (t *damageTrials) has(place string) bool {
	return slices.ContainsFunc(t.cells, func(c damageCell) bool { return c.place == place && c.trials > 0 })
}

// refusedPlace says why a framing has no such damage.
func refusedPlace(place string, exists bool) string {
	what := map[string]string{placeHead: "before", placeDelimiter: "behind", placePayload: "of"}[place]
	if exists {
		return fmt.Sprintf("no cut lies inside the bytes %s a payload", what)
	}
	return fmt.Sprintf("there are no bytes %s a payload", what)
}
