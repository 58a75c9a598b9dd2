package client

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/loadframe/loadframe/internal/units"
)

// sizes says how long each message is. It is a function of the message's
// number, so that both directions know it without being told, and nothing is
// stored.
type sizes struct {
	spec     string // "": constant
	quantile func(u float64) int
	list     []int // of a file; then there is no quantile
	min, max int
	mean     float64
	seed     uint64
}

func constantSize(n int) sizes { return sizes{min: n, max: n, mean: float64(n)} }

// at returns the payload bytes of message i.
func (s *sizes) at(i int64) int {
	switch {
	case s.spec == "":
		return s.max
	case s.list != nil:
		return s.list[i%int64(len(s.list))]
	}
	var r rand.PCG
	r.Seed(s.seed, uint64(i))
	return s.quantile(float64(r.Uint64()>>11) / (1 << 53))
}

// sizesMax is the greatest message of a distribution without an upper end.
const sizesMax = 16 << 20

// parseSizes reads uniform:A..B, lognormal:MEDIAN,SIGMA, bimodal:A,B,P (a part
// P of the messages has B bytes) and file:PATH. Sizes are clipped to limit
// where the distribution has no upper end of its own.
func parseSizes(spec string, limit int) (sizes, error) {
	word, rest, _ := strings.Cut(spec, ":")
	parse := map[string]func(string, int) (sizes, error){
		"uniform": parseUniform, "lognormal": parseLognormal, "bimodal": parseBimodal, "file": parseSizeFile,
	}[word]
	if parse == nil {
		return sizes{}, fmt.Errorf("client: sizes %.64q: unknown distribution: uniform:A..B, lognormal:MEDIAN,SIGMA, bimodal:A,B,PART or file:PATH", spec)
	}
	s, err := parse(rest, min(limit, sizesMax))
	if err != nil {
		return s, fmt.Errorf("client: sizes %.64q: %w", spec, err)
	}
	s.spec = spec
	return s, nil
}

func parseMessageSize(text string) (int, error) {
	n, err := units.ParseSize(text)
	if err == nil && (n < 1 || n > maxSize) {
		err = fmt.Errorf("size %s: want 1 to %d bytes", text, maxSize)
	}
	return int(n), err
}

func parseUniform(text string, _ int) (s sizes, err error) {
	a, b, ok := strings.Cut(text, "..")
	if !ok {
		return s, fmt.Errorf("want uniform:A..B")
	}
	if s.min, err = parseMessageSize(a); err != nil {
		return s, err
	}
	if s.max, err = parseMessageSize(b); err != nil {
		return s, err
	}
	if s.min > s.max {
		return s, fmt.Errorf("%d is more than %d", s.min, s.max)
	}
	from, n := s.min, s.max-s.min+1
	s.mean = float64(s.min+s.max) / 2
	s.quantile = func(u float64) int { return from + int(u*float64(n)) }
	return s, nil
}

func parseLognormal(text string, limit int) (s sizes, err error) {
	m, g, ok := strings.Cut(text, ",")
	if !ok {
		return s, fmt.Errorf("want lognormal:MEDIAN,SIGMA")
	}
	median, err := parseMessageSize(m)
	if err != nil {
		return s, err
	}
	sigma, err := strconv.ParseFloat(g, 64)
	if err != nil || !(sigma >= 0 && sigma <= 10) {
		return s, fmt.Errorf("sigma %.32q: want 0 to 10", g)
	}
	if median > limit {
		return s, fmt.Errorf("median %d is over the limit of %d bytes", median, limit)
	}
	s.quantile = func(u float64) int {
		v := math.Round(float64(median) * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*u-1)))
		return int(min(max(v, 1), float64(limit)))
	}
	s.min, s.max = s.quantile(0), limit
	if sigma == 0 {
		s.min, s.max = median, median
		s.quantile = func(float64) int { return median }
	}
	const steps = 1 << 14 // the tail is clipped: no formula
	for i := range steps {
		s.mean += float64(s.quantile((float64(i)+0.5)/steps)) / steps
	}
	return s, nil
}

func parseBimodal(text string, _ int) (s sizes, err error) {
	f := strings.Split(text, ",")
	if len(f) != 3 {
		return s, fmt.Errorf("want bimodal:A,B,PART")
	}
	a, err := parseMessageSize(f[0])
	if err != nil {
		return s, err
	}
	b, err := parseMessageSize(f[1])
	if err != nil {
		return s, err
	}
	p, err := strconv.ParseFloat(f[2], 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return s, fmt.Errorf("part %.32q: want 0 to 1", f[2])
	}
	s.min, s.max, s.mean = min(a, b), max(a, b), float64(a)*(1-p)+float64(b)*p
	s.quantile = func(u float64) int {
		if u < 1-p {
			return a
		}
		return b
	}
	return s, nil
}

// What a file of sizes may hold, and a line of it in bytes: comments are long.
const (
	maxSizeList = 1 << 20
	maxSizeLine = 64 << 10
)

// parseSizeFile reads one size a line; empty lines and those that begin with #
// say nothing. The sizes are taken in turn, by each connection.
func parseSizeFile(path string, _ int) (s sizes, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxSizeLine+1) // and its end
	n := 1
	for ; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		size, err := parseMessageSize(text)
		if err != nil {
			return s, fmt.Errorf("line %d: %w", n, err)
		}
		if len(s.list) == maxSizeList {
			return s, fmt.Errorf("line %d: more than %d sizes", n, maxSizeList)
		}
		s.list = append(s.list, size)
		s.mean += float64(size)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return s, fmt.Errorf("line %d: over the limit of %d bytes", n, maxSizeLine)
	} else if err != nil {
		return s, err
	}
	if len(s.list) == 0 {
		return s, fmt.Errorf("no size in it")
	}
	s.min, s.max = slices.Min(s.list), slices.Max(s.list)
	s.mean /= float64(len(s.list))
	return s, nil
}
