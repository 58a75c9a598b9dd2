package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/signal"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/loadframe/loadframe/server"
	"github.com/loadframe/loadframe/server/admin"
)

func serve(ctx context.Context, e *env, f *serveFlags) error {
	log, endLog, err := newServiceLogger(e.stderr, f.logFormat, f.logLevel)
	if err != nil {
		return usage(err)
	}
	defer endLog()
	c, err := f.config(log)
	if err != nil {
		return usage(err)
	}
	if err := keepTo(f.affinity); err != nil {
		return usage(err)
	}
	ctx, stop := signal.NotifyContext(ctx, endSignals()...)
	defer stop()
	records := &recordWriter{to: e.stdout, log: log}
	c.OnRecord = recordPrinter(records, f.logFormat)
	s, err := server.Start(c)
	if err != nil {
		return failed(err)
	}
	var a *admin.Admin
	if f.admin.Addr != "" { // before anything is said to listen: it may fail
		if a, err = admin.Start(f.admin, s); err != nil {
			_ = s.Shutdown(ctx)
			return failed(err)
		}
		defer a.Close()
	}
	for _, line := range s.Listening() {
		fmt.Fprintln(e.stdout, "listening", line)
	}
	if a != nil {
		fmt.Fprintf(e.stdout, "admin http://%s\n", a.Addr())
	}
	notify(c.Logger, daemon.SdNotifyReady)
	select {
	case <-ctx.Done():
	case <-s.Served():
	case err := <-s.Failed():
		_ = s.Shutdown(ctx)
		return failed(err)
	}
	stop() // a second signal ends the process at once
	notify(c.Logger, daemon.SdNotifyStopping)
	c.Logger.Info("stopping", "transfers", s.Stats().Lanes+s.Stats().Transfers, "drain_timeout", f.drain.String())
	if err := s.Shutdown(context.Background()); err != nil {
		c.Logger.Warn(err.Error())
	}
	records.end()
	return nil
}

// notify tells the service manager, if one has started us and wants to know.
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("service manager not told", "state", state, "error", err)
	}
}

func newLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q: want debug, info, warn or error", level)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return nil, fmt.Errorf("--log-format %q: want text or json", format)
}
