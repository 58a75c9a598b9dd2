package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loadframe/loadframe/codec"
)

// The rows are all there, in order; what is counted is what is known; what is timed has a sample for each round.
func TestCodecCosts(t *testing.T) {
	all, err := contestants(append(compared, contenders("eof", "raw")...))
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 2
	sizes := []int{16, 1 << 10}
	rows, err := codecCosts(t.Context(), all, 1, rounds, sizes, costPayloads)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(all) * len(sizes) * len(costPayloads) * len(costCuts); len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	for i, r := range rows {
		who := fmt.Sprintf("%s, %s bytes of %s, cut %s", r.Contender, r.Sizes, r.Payload, r.Segments)
		if r.Contender != all[i/(len(rows)/len(all))].name || r.Segments != costCuts[i%2] {
			t.Fatalf("row %d is %s", i, who)
		}
		if refuses := r.Contender == "line" && r.Payload == payloadRandom; refuses != (r.Refused != "") {
			t.Errorf("%s: refused %q", who, r.Refused)
		}
		if r.Refused != "" {
			if r.Decode != nil || r.Scanned != nil {
				t.Errorf("%s: refused, and measured", who)
			}
			continue
		}
		if len(r.Decode.Samples) != rounds || r.Decode.Low <= 0 && r.Contender != "raw" || r.Decode.Unit != "ns" {
			t.Errorf("%s: decode %+v", who, r.Decode)
		}
		if encodes := r.Segments == cutWhole; encodes != (r.Encode != nil) || encodes && (len(r.Encode.Samples) != rounds || r.Encode.Low <= 0 || *r.EncodeAllocs > 0.05) {
			t.Errorf("%s: encode %+v", who, r.Encode)
		}
		if *r.DecodeAllocs > 0.05 && r.Contender != "eof" { // which is a new stream for each message
			t.Errorf("%s: %v allocations a frame", who, *r.DecodeAllocs)
		}
		// No byte is looked at more than once, twice where two bytes are searched for, or copied more than once.
		most := 1.05
		if r.Contender == "slip" || r.Contender == "hdlc" {
			most = 2.1
		}
		if *r.Scanned > most || *r.Copied > 1 || r.Segments == cutWhole && r.Contender == "u32" && *r.Copied != 0 || r.Contender == "line" && *r.Scanned != 1 {
			t.Errorf("%s: %v scanned, %v copied", who, *r.Scanned, *r.Copied)
		}
	}
}

// liar delivers each frame but its last byte.
type liar struct{ codec.Codec }

func (l liar) NewDecoder() codec.Decoder { return liarDecoder{l.Codec.NewDecoder()} }

type liarDecoder struct{ codec.Decoder }

func (d liarDecoder) Decode(buf []byte) (int, []byte, error) {
	n, frame, err := d.Decoder.Decode(buf)
	if len(frame) > 0 {
		frame = frame[: len(frame)-1 : len(frame)-1]
	}
	return n, frame, err
}

// A codec that does not deliver what was sent has no cost, however fast it is; one that does not count its effort has no effort.
func TestCodecCostsOfStrangers(t *testing.T) {
	_, err := codecCosts(t.Context(), []contestant{{"liar", liar{codec.Length{}}}}, 1, 1, []int{16}, []string{payloadText})
	if err == nil || !strings.Contains(err.Error(), "liar") || !strings.Contains(err.Error(), "15 bytes, sent 16") {
		t.Errorf("%v", err)
	}
	rows, err := codecCosts(t.Context(), []contestant{{"stranger", wasteful{codec.Length{}, never, new(int)}}}, 1, 1, []int{16}, []string{payloadText})
	if err != nil || rows[0].Scanned != nil || rows[0].Copied != nil || rows[0].Decode == nil {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestCodecCostsStopped(t *testing.T) {
	if _, err := CodecCosts(t.Context(), contenders("u32"), 1, 0); err == nil || !strings.Contains(err.Error(), "0 rounds") {
		t.Errorf("0 rounds: %v", err)
	}
	if _, err := CodecCosts(t.Context(), contenders("u33"), 1, 1); !errors.Is(err, codec.ErrSpec) {
		t.Errorf("no framing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rows, err := CodecCosts(ctx, contenders("u32"), 1, 1); rows != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// In each round all take turns, each as many batches as it has to, in an order that changes; and all read the same memory, which lies
// elsewhere in the next round, as what each has of its own does.
func TestRaceTakesTurns(t *testing.T) {
	all, err := contestants(contenders("u32", "u16", "line"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := newCostTable(all, 1, []int{16}, []string{payloadText})
	if err != nil {
		t.Fatal(err)
	}
	race := table.races[0]
	var turns []int
	inputs, streams := map[*costInput]bool{}, map[*codec.Stream]bool{}
	for i, l := range race {
		l.tries, l.pass = costTries, costBatch
		l.run = func(in *costInput, _ int) {
			inputs[in], streams[in.stream] = true, true
			turns = append(turns, i)
			if !bytes.HasPrefix(table.arena.wire, l.in.wire) || !bytes.HasPrefix(table.arena.content, l.in.content) {
				t.Errorf("%s finds what another one left", l.in.codec)
			}
		}
	}
	table.races = table.races[:1]
	r := newMachine(1, 0).Rand
	orders, places := map[string]bool{}, map[*byte]bool{}
	for range 3 {
		turns = turns[:0]
		if err := table.round(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		places[&table.arena.wire[0]] = true
		for batch := range slices.Chunk(turns, 2*len(race)) { // each runs twice: to warm up, and timed
			orders[fmt.Sprint(batch)] = true
			if slices.Sort(batch); fmt.Sprint(batch) != "[0 0 1 1 2 2]" {
				t.Fatalf("turns %v", turns)
			}
		}
		if len(turns) != 2*len(race)*costBatches {
			t.Fatalf("turns %v", turns)
		}
	}
	if len(orders) < 3 || len(places) != 3 {
		t.Errorf("%d orders, memory at %d places", len(orders), len(places))
	}
	if len(inputs) != 3*len(race) || len(streams) != 3*len(race) {
		t.Errorf("%d inputs and %d streams in 3 rounds of %d contenders", len(inputs), len(streams), len(race))
	}
	for _, l := range race {
		if len(l.samples) != 3 {
			t.Errorf("%d samples", len(l.samples))
		}
	}
}
