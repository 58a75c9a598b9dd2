package sysinfo

import (
	"runtime"
	"runtime/debug"
	"sync"
)

const gnetPath = "github.com/panjf2000/gnet/v2"

// Build names the versions that went into the running binary.
type Build struct {
	Version string // of the main module: a tag, a pseudo-version, or "(devel)" when nothing stamped it
	Go      string // as runtime.Version has it
	GNet    string // empty when the binary does not contain gnet or carries no module list
}

// ReadBuild returns the versions of the running binary. It parses them once.
func ReadBuild() Build { return readBuild() }

var readBuild = sync.OnceValue(func() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = nil
	}
	return buildOf(info)
})

// buildOf reads the versions from info, which may be nil: a binary built without modules carries none.
func buildOf(info *debug.BuildInfo) Build {
	b := Build{Version: "(devel)", Go: runtime.Version()}
	if info == nil {
		return b
	}
	if v := info.Main.Version; v != "" {
		b.Version = v
	}
	for _, m := range info.Deps {
		if m.Path != gnetPath {
			continue
		}
		b.GNet = m.Version
		if m.Replace != nil {
			// A replaced module measures something else than its version says.
			b.GNet += " => " + m.Replace.Path
			if m.Replace.Version != "" {
				b.GNet += " " + m.Replace.Version
			}
		}
	}
	return b
}
