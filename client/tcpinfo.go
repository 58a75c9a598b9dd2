package client

import "time"

// tcpInfo is what the kernel knows of one connection. Zero: not known.
type tcpInfo struct {
	ok                   bool
	rtt, rttvar, minRTT  time.Duration
	mss, cwnd, pmtu      int64
	window               int64 // that the peer offers, bytes
	retransmits          int64
	sent, resent         int64 // bytes
	deliveryRate         int64 // bytes/s
	congestion           string
	busy                 time.Duration
	sndbuf, rcvbuf       int
	tos                  int
	segments             int64 // sent
	received, bytesAcked int64
}

// TCPTotals is the account of several connections: counters are sums, the rest
// are means, MinRTT the least.
type TCPTotals struct {
	Connections                    int
	Congestion                     string
	RTT, RTTVar, MinRTT            time.Duration
	MSS, PMTU, Cwnd                int64
	Retransmits, SentBytes, Resent int64 // Resent: bytes
	DeliveryRate                   int64 // bytes/s, sum
	SendBuffer, ReceiveBuffer, ToS int   // of the first connection
	mss, pmtu, cwnd                int64
}

func (t *TCPTotals) add(i *tcpInfo) {
	if t.Connections == 0 {
		t.Congestion, t.MinRTT = i.congestion, i.minRTT
		t.SendBuffer, t.ReceiveBuffer, t.ToS = i.sndbuf, i.rcvbuf, i.tos
	}
	n := time.Duration(t.Connections)
	t.RTT, t.RTTVar = (t.RTT*n+i.rtt)/(n+1), (t.RTTVar*n+i.rttvar)/(n+1)
	t.MinRTT = min(t.MinRTT, i.minRTT)
	t.Connections++
	t.mss, t.pmtu, t.cwnd = t.mss+i.mss, t.pmtu+i.pmtu, t.cwnd+i.cwnd
	t.MSS, t.PMTU, t.Cwnd = t.mss/int64(t.Connections), t.pmtu/int64(t.Connections), t.cwnd/int64(t.Connections)
	t.Retransmits, t.SentBytes, t.Resent = t.Retransmits+i.retransmits, t.SentBytes+i.sent, t.Resent+i.resent
	t.DeliveryRate += i.deliveryRate
}

// tcpTotals returns nil if no connection could be asked.
func tcpTotals(workers []*worker) *TCPTotals {
	var t TCPTotals
	for _, w := range workers {
		if w.tcp.ok {
			t.add(&w.tcp)
		}
	}
	if t.Connections == 0 {
		return nil
	}
	return &t
}
