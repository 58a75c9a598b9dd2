package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/netip"
	"time"

	"github.com/loadframe/loadframe/internal/datagram"
)

// tokens makes and checks the proofs that a peer receives at the address it
// sends from. Nothing is kept for a token: it is
//
//	0               4                        24
//	+---------------+------------------------+
//	| bucket of 30 s| HMAC-SHA256, first 20  |   of address, port and bucket
//	+---------------+------------------------+
//
// and is good for the bucket it was made in and the next. The way is that of
// QUIC's Retry (RFC 9000, section 8.1.2). Used by one goroutine; the loops of a
// server have the same secret.
type tokens struct{ mac hash.Hash }

const tokenBucket = 30 // seconds

func newSecret() (secret [32]byte) {
	rand.Read(secret[:]) // never fails
	return secret
}

func newTokens(secret [32]byte) tokens { return tokens{hmac.New(sha256.New, secret[:])} }

func (t tokens) make(peer netip.AddrPort, now time.Time) [datagram.TokenLen]byte {
	return t.ofBucket(peer, uint32(now.Unix()/tokenBucket))
}

func (t tokens) ofBucket(peer netip.AddrPort, bucket uint32) (token [datagram.TokenLen]byte) {
	var who [16 + 2 + 4]byte
	ip := peer.Addr().As16()
	copy(who[:], ip[:])
	binary.BigEndian.PutUint16(who[16:], peer.Port())
	binary.BigEndian.PutUint32(who[18:], bucket)
	var sum [sha256.Size]byte
	t.mac.Reset()
	t.mac.Write(who[:])
	binary.BigEndian.PutUint32(token[:], bucket)
	copy(token[4:], t.mac.Sum(sum[:0]))
	return token
}

// good compares in constant time.
func (t tokens) good(token [datagram.TokenLen]byte, peer netip.AddrPort, now time.Time) bool {
	bucket := binary.BigEndian.Uint32(token[:])
	if age := uint32(now.Unix()/tokenBucket) - bucket; age > 1 {
		return false
	}
	want := t.ofBucket(peer, bucket)
	return hmac.Equal(token[:], want[:])
}
