package client

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// readTCPInfo asks the kernel about a connection; ok is false for one that is
// not TCP.
func readTCPInfo(nc net.Conn) (t tcpInfo, ok bool) {
	if r, is := nc.(*revolving); is {
		if nc = r.get(); nc == nil {
			return t, false
		}
	}
	if _, is := nc.LocalAddr().(*net.TCPAddr); !is {
		return t, false
	}
	control(nc, func(fd int) {
		i, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return
		}
		t = tcpInfo{
			ok:  true,
			rtt: time.Duration(i.Rtt) * time.Microsecond, rttvar: time.Duration(i.Rttvar) * time.Microsecond, minRTT: time.Duration(i.Min_rtt) * time.Microsecond,
			mss: int64(i.Snd_mss), cwnd: int64(i.Snd_cwnd), pmtu: int64(i.Pmtu), window: int64(i.Snd_wnd),
			retransmits: int64(i.Total_retrans), sent: int64(i.Bytes_sent), resent: int64(i.Bytes_retrans), deliveryRate: int64(i.Delivery_rate),
			busy: time.Duration(i.Busy_time) * time.Microsecond, segments: int64(i.Segs_out), received: int64(i.Bytes_received), bytesAcked: int64(i.Bytes_acked),
		}
		t.congestion, _ = unix.GetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION)
		t.sndbuf, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
		t.rcvbuf, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if a, is := nc.LocalAddr().(*net.TCPAddr); is && a.IP.To4() == nil {
			t.tos, _ = unix.GetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS)
		} else {
			t.tos, _ = unix.GetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS)
		}
	})
	return t, t.ok
}
