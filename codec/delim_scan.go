package codec

// delimScan finds delimiters in a stream, in each byte once however it is cut: what has begun at the end of a chunk is remembered as
// how many bytes of each delimiter it is (Knuth, Morris and Pratt, 1977), and not looked at again. Where none has begun, it searches
// for the bytes that they begin with.
type delimScan struct {
	matcher
	matched [maxSeps]uint8   // how many bytes of each delimiter the bytes so far end in
	begun   int              // the greatest of these
	back    [maxSeps][]uint8 // back[i][k]: how many of the first k+1 bytes of delimiter i are left of a match when the next is wrong
}

func (s *delimScan) init(d *Delim) {
	d.matcher(&s.matcher)
	for i, sep := range s.seps[:s.n] {
		back := make([]uint8, len(sep))
		for k, j := 1, 0; k < len(sep); k++ {
			for j > 0 && sep[j] != sep[k] {
				j = int(back[j-1])
			}
			if sep[j] == sep[k] {
				j++
			}
			back[k] = uint8(j)
		}
		s.back[i] = back
	}
}

// scan takes b up to the end of a delimiter and returns that end and the size of the delimiter. Without one it takes all of b, and the
// size is 0.
func (s *delimScan) scan(b []byte) (end, size int) {
	for i := 0; i < len(b); {
		if s.begun == 0 {
			k := s.next(b[i:])
			if k < 0 {
				return len(b), 0
			}
			i += k
			if first := s.seps[0]; s.n == 1 && len(first) <= len(b)-i && string(b[i:i+len(first)]) == first {
				return i + len(first), len(first)
			}
		}
		size = s.step(b[i])
		if i++; size > 0 {
			s.reset()
			return i, size
		}
	}
	return len(b), 0
}

// step takes a byte, and returns the size of the longest delimiter that it completes.
func (s *delimScan) step(c byte) (size int) {
	s.begun = 0
	for i, sep := range s.seps[:s.n] {
		j := int(s.matched[i])
		for j > 0 && sep[j] != c {
			j = int(s.back[i][j-1])
		}
		if sep[j] == c {
			j++
		}
		if j == len(sep) {
			size = max(size, j)
			j = 0
		}
		s.matched[i] = uint8(j)
		s.begun = max(s.begun, j)
	}
	return size
}

// reset is the state at the start of a frame.
func (s *delimScan) reset() {
	s.begun = 0
	clear(s.matched[:s.n])
}
