package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/server"
)

// hostPortTime is the check of the arguments of send and recv.
func hostPortTime(cmd *cobra.Command, args []string) error {
	if len(args) > 3 {
		return fmt.Errorf("%s: want [HOST [PORT [TIME]]], got %d arguments: %q", cmd.Name(), len(args), args)
	}
	return nil
}

// recordPrinter returns what prints the records that a server takes: a line
// each, as the older receiver wrote it,
//
//	RCV: ('127.0.0.1', 51128)  2017-03-02 10:33:21.123456  k3j9...
//
// or, for logs in JSON, an object each.
func recordPrinter(w io.Writer, format string) func(server.Record) {
	if format == "json" {
		enc := json.NewEncoder(w)
		return func(r server.Record) {
			_ = enc.Encode(struct {
				Event   string    `json:"event"`
				Peer    string    `json:"peer"`
				Arrived time.Time `json:"arrived"`
				Time    string    `json:"time"`
				Data    string    `json:"data"`
			}{"record", r.Peer.String(), r.Arrived, r.Time, r.Data})
		}
	}
	return func(r server.Record) {
		host, port, err := net.SplitHostPort(r.Peer.String())
		if err != nil {
			host, port = r.Peer.String(), "0"
		}
		fmt.Fprintf(w, "RCV: ('%s', %s)  %s  %s\n", host, port, oneLine(r.Time), oneLine(r.Data))
	}
}

// oneLine escapes what would end a line or drive a terminal.
func oneLine(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if unprintable(c) {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func unprintable(c rune) bool { return !unicode.IsPrint(c) }
