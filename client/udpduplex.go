package client

// resolveUDPDuplex allows what both directions can do. Each has the whole rate
// and the whole bound, as over TCP and with iperf3 --bidir.
func resolveUDPDuplex(c *Config) error {
	if err := resolveUDPPush(c); err != nil {
		return err
	}
	return c.evenUDP()
}

// prepareUDPDuplex makes connections with an even number pull, the others push.
func prepareUDPDuplex(w *worker) func() error {
	if w.cfg.pushes(w.id) {
		return prepareUDPPusher(w)
	}
	return prepareUDPTaker(w)
}
