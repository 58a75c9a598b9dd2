package sysinfo

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestBuildOf(t *testing.T) {
	dep := func(path, version string, replace *debug.Module) *debug.Module {
		return &debug.Module{Path: path, Version: version, Replace: replace}
	}
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		want Build
	}{
		"no module list": {nil, Build{Version: "(devel)"}},
		"empty":          {&debug.BuildInfo{}, Build{Version: "(devel)"}},
		"released": {&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Deps: []*debug.Module{dep("golang.org/x/sys", "v0.49.0", nil), dep(gnetPath, "v2.10.0", nil)}},
			Build{Version: "v1.2.3", GNet: "v2.10.0"}},
		"replaced by a fork": {&debug.BuildInfo{Deps: []*debug.Module{dep(gnetPath, "v2.10.0", dep("example.org/gnet", "v2.11.0", nil))}},
			Build{Version: "(devel)", GNet: "v2.10.0 => example.org/gnet v2.11.0"}},
		"replaced by a folder": {&debug.BuildInfo{Deps: []*debug.Module{dep(gnetPath, "v2.10.0", dep("../gnet", "", nil))}},
			Build{Version: "(devel)", GNet: "v2.10.0 => ../gnet"}},
	} {
		c.want.Go = runtime.Version()
		if got := buildOf(c.info); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if b := ReadBuild(); b.Version == "" || b.Go != runtime.Version() {
		t.Errorf("%+v", b)
	}
}

func TestCPU(t *testing.T) {
	a := CPU{User: 3 * time.Second, System: time.Second}
	if got := a.Sub(CPU{User: time.Second}); got != (CPU{User: 2 * time.Second, System: time.Second}) || got.Total() != 3*time.Second {
		t.Errorf("%+v", got)
	}
}

func TestZeroAllocs(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { CPUTime() }); n > 0 {
		t.Errorf("CPUTime allocates %v times: it is read at every tick of a measured run", n)
	}
}
