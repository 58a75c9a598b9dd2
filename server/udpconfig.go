package server

import (
	"cmp"
	"fmt"
	"net/netip"
)

// UDP says what peers can have over UDP. The zero value trusts loopback alone;
// every other zero field has the default named with it.
type UDP struct {
	// Trust are networks whose peers need no token and have no limit of their
	// own, as loopback. Name none from which a forged source address can come.
	Trust []netip.Prefix

	Rate             int64 // bytes/s of a file whose request names no rate; 0: 8 MiB/s
	AddressRate      int64 // bytes/s to one address, all replies and transfers together; 0: 125,000,000 (1 Gbit/s)
	AddressTransfers int   // at a time to one address; 0: 64
	Transfers        int   // at a time to all; 0: 10000
}

const (
	// defaultUDPRate leaves a peer with the usual receive buffer of 208 KiB, in
	// which 92 datagrams of 1 KiB find room, 11 ms before one is lost. (The older
	// clients read datagram by datagram, in Python.)
	defaultUDPRate             = 8 << 20
	defaultUDPAddressRate      = 125_000_000
	defaultUDPAddressTransfers = 64
	defaultUDPTransfers        = 10000
)

func (u UDP) withDefaults() (UDP, error) {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"rate", u.Rate}, {"rate of an address", u.AddressRate}, {"transfers of an address", int64(u.AddressTransfers)}, {"transfers", int64(u.Transfers)},
	} {
		if f.value < 0 {
			return u, fmt.Errorf("server: udp: limit of %s %d is negative", f.name, f.value)
		}
	}
	u.Rate = cmp.Or(u.Rate, defaultUDPRate)
	u.AddressRate = cmp.Or(u.AddressRate, defaultUDPAddressRate)
	u.AddressTransfers = cmp.Or(u.AddressTransfers, defaultUDPAddressTransfers)
	u.Transfers = cmp.Or(u.Transfers, defaultUDPTransfers)
	return u, nil
}

// trusts tells whether the address, unmapped, needs no proof.
func (u *UDP) trusts(a netip.Addr) bool {
	if a.IsLoopback() { // the kernel lets none of those in from outside
		return true
	}
	for _, p := range u.Trust {
		if p.Contains(a.WithZone("")) {
			return true
		}
	}
	return false
}
