package pattern

import (
	"os"
	"sync"
)

// memory is a page as a file in memory, made when it is first asked for. It
// stays open as long as the program runs: there are as many as alphabets.
type memory struct {
	once sync.Once
	file *os.File // nil: the system has none
}

var seededMemory, lettersMemory, digitsMemory memory

// File returns a read-only file in memory that has at at what Slice(offset, n)
// returns, for a kernel that sends a file's pages without copying them. nil is
// to be expected: not every system has such files, and not every content is
// in one. The file is shared: nobody may close it or rely on its offset.
func (c Content) File(offset int64) (f *os.File, at int64) {
	if c.memory == nil {
		return nil, 0
	}
	c.memory.once.Do(func() { c.memory.file = memoryFile(c.page) })
	return c.memory.file, int64(c.place(offset))
}
