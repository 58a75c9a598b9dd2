package client

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loadframe/loadframe/codec"
)

// idler asks one echo and then holds its connection to the end of the time.
type idler struct{ *exchanger }

func resolveIdle(c *Config, cod codec.Codec) error {
	switch {
	case c.Bytes > 0 || c.Messages > 0:
		return errors.New("an idle run is bounded by time alone")
	case c.Omit > 0:
		return fmt.Errorf("warm-up of %v: an idle asks its one echo at the beginning, and nothing after it", c.Omit)
	case codec.Once(cod):
		return fmt.Errorf("framing %s ends with its one message: nothing is left to hold", cod)
	}
	if err := notPaced(c, Idle); err != nil {
		return err
	}
	return resolveExchange(c, cod)
}

func newIdler(w *worker) *idler {
	x := newExchanger(w)
	x.bound = 1
	return &idler{x}
}

func (i *idler) drive() error {
	if err := i.exchanger.drive(); err != nil || i.bad != nil {
		return err
	}
	i.endTurns()
	if err := i.session.nc.SetReadDeadline(i.clock.start.Add(i.clock.end)); err != nil {
		return err
	}
	n, err := i.Read(i.in)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		i.hold()
	}
	switch {
	case n > 0 && i.isLastWord(i.in[:n]):
		return i.refused
	case n > 0:
		i.mismatch(nil, errors.New("verify: bytes came on an idle connection"))
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("while idle: %w", err)
	}
	return err
}
