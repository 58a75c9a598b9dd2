package k6

import (
	"errors"
	"path/filepath"

	"go.k6.io/k6/v2/js/modules"
)

// exit is k6's event.Exit, whose package is internal to k6; a test holds the two
// together.
const exit = 6

// awaitExit writes the results when k6 is about to exit, however its run ended:
// teardown() is for scripts, is not called after an abort, and may be switched
// off for all instances but one.
func (m *module) awaitExit(vu modules.VU) {
	events := vu.Events().Global
	if events == nil {
		return // not within k6
	}
	_, exits := events.Subscribe(exit)
	logger := vu.InitEnv().Logger
	go func() {
		for e := range exits {
			written, err := m.close()
			for _, path := range written {
				logger.Infof("loadframe: result in %s", path)
			}
			if err != nil {
				logger.Errorf("loadframe: the result is not written: %v", err)
			}
			e.Done()
		}
	}()
}

// close ends all sessions and writes all results.
func (m *module) close() (written []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		s.Close()
	}
	m.sessions = nil
	for _, out := range m.outcomes {
		name, cerr := out.results.Close()
		if err = errors.Join(err, cerr); cerr == nil && name != "" {
			written = append(written, filepath.Join(out.options.resultDir, out.options.name, name))
		}
	}
	return written, err
}
