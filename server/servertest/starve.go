package servertest

import (
	"os"
	"syscall"
	"testing"

	"github.com/loadframe/loadframe/server"
)

// StartLimited is StartProcess of a Loadframe server that may have so many
// descriptors.
func StartLimited(tb testing.TB, files uint64, root string, limits server.Limits) *Process {
	tb.Helper()
	return start(tb, child{Kind: Loadframe, Root: root, Limits: limits, Files: files})
}

// Starve makes the process open descriptors until it can open no more; Feed
// closes them again.
func (p *Process) Starve(tb testing.TB) { tb.Helper(); p.ask(tb, "starve") }
func (p *Process) Feed(tb testing.TB)   { tb.Helper(); p.ask(tb, "feed") }

func limitFiles(n uint64) error {
	if n == 0 {
		return nil
	}
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	setLimit(&l.Cur, n)
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

// setLimit: the type differs between systems.
func setLimit[T int64 | uint64](limit *T, n uint64) { *limit = T(n) }

// hoard are descriptors that nobody else can have.
type hoard []*os.File

func (h *hoard) fill() {
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return
		}
		*h = append(*h, f)
	}
}

func (h *hoard) free() {
	for _, f := range *h {
		f.Close()
	}
	*h = nil
}
