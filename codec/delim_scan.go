package codec

import "bytes"

// delimScan finds delimiters in a stream, in each byte once however it is cut: what has begun at the end of a chunk is remembered as
// how many bytes of each delimiter it is (Knuth, Morris and Pratt, 1977), and not looked at again. Where none has begun, it searches
// for the bytes that they begin with.
type delimScan struct {
	matcher
	matched [maxSeps]uint8   // how many bytes of each delimiter the bytes so far end in
	begun   int              // the greatest of these
	back    [maxSeps][]uint8 // back[i][k]: how many of the first k+1 bytes of delimiter i are left of a match when the next is wrong
	only    []byte           // the delimiter, if there is but one
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
	if s.n == 1 {
		s.only = []byte(s.seps[0])
	}
}

// scan takes b up to the end of a delimiter and returns that end and the size of the delimiter. Without one it takes all of b, and the
// size is 0. For one delimiter, of which nothing has begun before b, it searches, and in the end by bytes.Index, which no payload throws:
// one of beginnings takes forty times as long step by step.
func (s *delimScan) scan(b []byte) (end, size int) {
	if s.only == nil || s.begun > 0 {
		return s.stepwise(b)
	}
	// Mostly the byte that a delimiter begins with begins one, and that is known in less time than Index takes to choose how to search.
	// One that follows another at once, or stands at the start, looks like a payload of beginnings.
	at, n, first := 0, len(s.only), s.only[0]
	for tries := 0; tries < 3 && at < len(b) && b[at] != first; tries++ {
		far := b[at:]
		k := bytes.IndexByte(near(far), first)
		if k < 0 && len(far) > searchNear {
			k = searchOn(far, first)
		}
		if k < 0 {
			return len(b), 0
		}
		if at += k; at+n > len(b) {
			return s.beginnings(b, at)
		}
		if string(b[at:at+n]) == string(s.only) {
			return at + n, n
		}
		at++
	}
	// Such a payload has hardly any of the bytes that a delimiter ends with. Those are looked for likewise, in a quarter of Index's time.
	last := s.only[n-1]
	for tries := 0; tries < 3 && last != first && at+n <= len(b) && b[at] == first; tries++ {
		k := search(b[at+n-1:], last)
		if k < 0 {
			return s.beginnings(b, at)
		}
		at += k
		if string(b[at:at+n]) == string(s.only) {
			return at + n, n
		}
		at++
	}
	if k := bytes.Index(b[at:], s.only); k >= 0 {
		return at + k + n, n
	}
	return s.beginnings(b, at)
}

// stepwise is scan where a delimiter has begun before b, or there are several.
func (s *delimScan) stepwise(b []byte) (end, size int) {
	if s.only != nil {
		return s.goOn(b)
	}
	for i := 0; i < len(b); {
		if s.begun == 0 {
			k := s.next(b[i:])
			if k < 0 {
				return len(b), 0
			}
			i += k
		}
		size = s.step(b[i])
		if i++; size > 0 {
			s.reset()
			return i, size
		}
	}
	return len(b), 0
}

// goOn is scan for one delimiter that has begun before b. It steps while that may go on, and then scans.
func (s *delimScan) goOn(b []byte) (end, size int) {
	i := 0
	for ; s.begun > i; i++ {
		if i == len(b) {
			return i, 0
		}
		if size = s.step(b[i]); size > 0 {
			s.reset()
			return i + 1, size
		}
	}
	i -= s.begun // what has begun in b is found again
	s.reset()
	end, size = s.scan(b[i:])
	return i + end, size
}

// beginnings steps through the end of b, from i on at the earliest, where a delimiter may have begun that is not all there.
func (s *delimScan) beginnings(b []byte, i int) (end, size int) {
	for i = max(i, len(b)-len(s.only)+1); i < len(b); i++ {
		s.step(b[i])
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
