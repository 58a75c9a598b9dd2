package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/loadframe/loadframe/internal/report"
)

// How the wire is cut before it is decoded.
const (
	cutWhole   = "whole" // about one read
	cutDribble = "1"     // byte by byte
)

var (
	costSizes    = []int{16, 64, 1 << 10, 64 << 10}
	costPayloads = []string{payloadText, payloadRandom, payloadWorst}
	costCuts     = []string{cutWhole, cutDribble}
)

// CodecCosts measures the codecs alone, in memory: ns and allocations to encode a frame and to decode one, for payloads of 16 bytes to
// 64 KiB, of text, of random bytes and of what keeps the framing busiest, the wire whole and byte by byte; and how many bytes a decoder
// looks at and copies for each that comes. Rows stand contender by contender, then by size, payload and cut; encoding, which knows no
// cut, stands in the rows of the whole wire.
//
// All is run in rounds, and in each round the contenders take turns at each measurement, in an order drawn anew, in several short
// batches: A B C, B C A, ... The sample of a round is the shortest of its batches. What disturbs a loop that only computes (interrupts,
// a neighbour, the hypervisor, the collector) makes it longer and never shorter, so the shortest is the nearest to what the code
// takes; what lasts, such as a slower clock, shows from round to round and hits all contenders of a round alike. All work in the same
// memory, which lies elsewhere in each round. With the samples of the same round paired, differences of some per cent are found on a
// machine that is not quiet. What is left is where the linker put the code, which only another build changes.
//
// fixed is taken with the size of the messages. A framing that cannot carry a payload has rows that say why. When ctx ends the rounds
// that are whole are returned with its error. Ten rounds take some seconds.
func CodecCosts(ctx context.Context, cs []report.Contender, seed uint64, rounds int) ([]report.CodecCost, error) {
	all, err := contestants(cs)
	if err != nil {
		return nil, err
	}
	return codecCosts(ctx, all, seed, rounds, costSizes, costPayloads)
}

func codecCosts(ctx context.Context, all []contestant, seed uint64, rounds int, sizes []int, payloads []string) ([]report.CodecCost, error) {
	if rounds < 1 {
		return nil, fmt.Errorf("bench: codecs measured in %d rounds: at least 1", rounds)
	}
	table, err := newCostTable(all, seed, sizes, payloads)
	if err != nil {
		return nil, err
	}
	for round := range rounds {
		if err := table.round(ctx, rand.New(rand.NewPCG(seed, uint64(round)))); err != nil {
			return table.rows(round), err
		}
	}
	return table.rows(rounds), nil
}

// costTable is all that is measured.
type costTable struct {
	cells []*costCell // in the order of the rows
	races []race
	arena arena
}

// costCell is one row.
type costCell struct {
	row            report.CodecCost
	encode, decode *costLoop // nil: not measured
}

// newCostTable makes the inputs and tries each once: a codec that delivers something else than was sent has no cost.
func newCostTable(all []contestant, seed uint64, sizes []int, payloads []string) (*costTable, error) {
	t := &costTable{}
	encodes, decodes := map[string]race{}, map[string]race{}
	var order []string
	for _, c := range all {
		for _, size := range sizes {
			for _, payload := range payloads {
				for _, cut := range costCuts {
					cell := &costCell{row: report.CodecCost{Contender: c.name, Sizes: strconv.Itoa(size), Payload: payload, Segments: cut}}
					t.cells = append(t.cells, cell)
					in, err := newCostInput(c.forSize(size), size, payload, cut, seed, &t.arena)
					if err != nil {
						cell.row.Refused = err.Error()
						continue
					}
					if err := in.check(); err != nil {
						return nil, fmt.Errorf("bench: %s, %d bytes of %s: %w", c.name, size, payload, err)
					}
					key := fmt.Sprint(size, payload, cut)
					if decodes[key] == nil {
						order = append(order, key)
					}
					cell.decode = newCostLoop(in, (*costInput).decode)
					decodes[key] = append(decodes[key], cell.decode)
					if cut == cutWhole {
						cell.encode = newCostLoop(in, (*costInput).encode)
						encodes[key] = append(encodes[key], cell.encode)
					}
					in.measureCounts(&cell.row)
				}
			}
		}
	}
	for _, key := range order {
		t.races = append(t.races, decodes[key])
		if encodes[key] != nil {
			t.races = append(t.races, encodes[key])
		}
	}
	return t, nil
}

// round runs all races, each in memory of another place.
func (t *costTable) round(ctx context.Context, r *rand.Rand) error {
	for _, race := range t.races {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.arena.shift(r)
		race.run(r)
	}
	return nil
}

// rows are those of so many rounds.
func (t *costTable) rows(rounds int) (rows []report.CodecCost) {
	if rounds == 0 {
		return nil
	}
	for _, c := range t.cells {
		row := c.row
		if c.decode != nil {
			row.Decode = estimateOf("decode_ns", "ns", c.decode.samples[:rounds])
		}
		if c.encode != nil {
			row.Encode = estimateOf("encode_ns", "ns", c.encode.samples[:rounds])
		}
		rows = append(rows, row)
	}
	return rows
}
