package server

import "os"

// section is n bytes of a file that are due, from its offset at on. The zero
// value is none.
type section struct {
	file   *os.File
	at     int64
	n      int64
	shared bool // others send from the file, too: its own offset is nobody's
}

// sectionMin is the smallest payload that is sent as a section: it is a system
// call of its own, and so is the head before it.
const sectionMin = 64 << 10
