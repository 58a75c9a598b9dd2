package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/units"
)

// loadFlags are the flags of load.
type loadFlags struct {
	conns    int
	duration units.Duration
	bytes    units.Size
	messages units.Count
	size     sizeFlag
	depth    int
	batch    int
	rate     string
	arrival  string
	bitrate  units.Rate
	pathRate units.Rate
	payload  string
	nodelay  bool
	delayed  bool // --nodelay was given
	omit     units.Duration
	hlog     string
	hgrm     string
	strict   bool
	interval units.Duration
	framing  string
	framed   bool // --framing was given
	udp      bool
	lost     units.Duration
	handler  string
	plain    bool
	verify   string
	seed     uint64
	timeout  units.Duration
	affinity string
	socket   socketFlags
	segments segmentFlags

	outputFlags
}

func newLoad(e *env) *cobra.Command {
	f := loadFlags{interval: units.Duration(time.Second), timeout: units.Duration(10 * time.Second)}
	cmd := &cobra.Command{
		Use:   "load WORKLOAD [ADDR]",
		Short: "Run a workload against a server and tell what came of it",
		Long: `Run a workload against the server at ADDR (host:port, udp://host:port, unix:///path), or against
one that is started in this process, on loopback, when no ADDR is given; with unix:// on a socket of
its own.

    pull     the server generates a file and sends it: bulk down
    push     bulk up, counted and verified where it arrives
    duplex   pull and push at once, -P connections each way
    echo     request-reply: the same bytes come back
    ack      request-reply: a receipt with length and CRC-32C comes back
    stamp    request-reply: the server's time comes back too: one-way delays
    stream   the server sends packets in time: how evenly they come
    churn    connect, ask one echo, close, again
    idle     hold -P connections open: what one costs the server

Over UDP (-u) there are all but idle. What is lost, reordered and duplicated is counted to the
datagram, and a push, pull or duplex goes at 1 Mbit/s a connection unless -b says otherwise.

A run ends at the first of its bounds: -t, -n or -k; without any, after 10 s.
Every byte that comes back is verified unless --verify says otherwise.

With -r the loop is open: messages go when they are due, whether or not replies
have come, and latency counts from when they were due. A RATE is messages/s of
all connections together, or stages: A..B@TIME, RATE@TIME, with commas between.
    -r 10k                          one each 100 us
    -r poisson:10k                  at random; the same as -r 10k --arrival poisson
    -r burst:10@1k                  ten at once, 100 times a second
    -r ramp:0..10k@10s,10k@30s      ten seconds up, thirty steady`,
		Example: `  loadframe load pull -n 4GiB
  loadframe load pull 127.0.0.1:8120 --framing raw -t 5 -P 2
  loadframe load echo 127.0.0.1:8120 -P 50 -d 8 -l 64 -t 10
  loadframe load echo -r poisson:10k -P 50 -l lognormal:512,1.2 -t 30 -O 2
  loadframe load ack -k 100k -J
  loadframe load push udp://127.0.0.1:8121 -b 100M -t 10
  loadframe load echo -t 5 --repeat 6 --threshold 'p99<5ms,errors==0' -o result.json
  loadframe load echo HOST:8120 -P 30 -t 60 --segment 1/3 --start-at 2026-01-02T15:04:05Z --result-dir results`,
		Args:      workloadAndAddr,
		ValidArgs: client.Workloads(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notZero(cmd, "time", "bytes", "messages", "length", "timeout", "batch", "bitrate", "pause", "lost-after", "path-rate"); err != nil {
				return err
			}
			if err := ownFiles(&f.outputFlags, f.hlog, f.hgrm); err != nil {
				return err
			}
			f.given(cmd)
			return load(cmd.Context(), e, &f, args)
		},
	}
	fl := cmd.Flags()
	f.addMessages(fl)
	fl.VarP(&f.duration, "time", "t", "end after this time; a bare number is seconds")
	fl.Lookup("time").DefValue = "" // not "0s": no bound is the default
	fl.VarP(&f.bytes, "bytes", "n", "end after so many payload bytes, all connections together")
	fl.VarP(&f.messages, "messages", "k", "end after so many messages (pull: frames), all connections together")
	fl.StringVarP(&f.rate, "rate", "r", "", "open loop: messages/s of all connections together, or [poisson:|burst:N@|ramp:]RATE or stages")
	fl.StringVar(&f.arrival, "arrival", "", "how the messages of -r or -b are spaced: constant, poisson or burst:N; or all of what -r takes")
	fl.VarP(&f.bitrate, "bitrate", "b", "open loop: payload bits/s of all connections together, instead of -r")
	fl.Lookup("bitrate").DefValue = ""
	fl.StringVar(&f.hlog, "hlog", "", "write the latencies of each interval to this file (HdrHistogram log)")
	fl.StringVar(&f.hgrm, "hgrm", "", "write the percentiles of the response time to this file (HdrHistogram text)")
	fl.VarP(&f.interval, "interval", "i", "between interval lines; 0: none")
	fl.Var(&f.pathRate, "path-rate", "pull, push: bits/s of IP packets that the path's narrowest link carries, for the transfer time ratio of RFC 6349 (Linux)")
	fl.Lookup("path-rate").DefValue = ""
	fl.BoolVarP(&f.udp, "udp", "u", false, "over UDP, as udp://ADDR")
	fl.Var(&f.lost, "lost-after", "UDP: give up a reply after this time (default: 1s, at most half of --timeout)")
	fl.Lookup("lost-after").DefValue = ""
	f.segments.add(fl)
	f.outputFlags.add(cmd)
	completeLoad(cmd)
	return cmd
}

// addMessages adds the flags that say what messages are exchanged, and how: what
// load has in common with other commands that run workloads.
func (f *loadFlags) addMessages(fl *pflag.FlagSet) {
	fl.IntVarP(&f.conns, "parallel", "P", 1, "connections (duplex: in each direction)")
	fl.VarP(&f.size, "length", "l", "payload of a message; of a frame for pull, of a read where there are no frames (default: 64; pull 256KiB, raw 1MiB); or uniform:A..B, lognormal:MEDIAN,SIGMA, bimodal:A,B,PART, file:PATH")
	fl.StringVar(&f.payload, "payload", "", "what messages consist of: random, letters, text, zeros, worst (for the framing), file:PATH (default: random bytes that the framing carries)")
	fl.IntVarP(&f.depth, "depth", "d", 0, "requests in flight on a connection (default: 1; in an open loop 65536)")
	fl.IntVar(&f.batch, "batch", 0, "messages a write at most (default: the depth; in an open loop 1)")
	fl.BoolVarP(&f.nodelay, "nodelay", "N", true, "TCP_NODELAY; --nodelay=false lets the kernel gather small writes (Nagle)")
	fl.VarP(&f.omit, "omit", "O", "warm-up before the time: in no total, marked in the interval lines")
	fl.Lookup("omit").DefValue = ""
	fl.BoolVar(&f.strict, "strict", false, "fail a run that was limited by this machine: exit status 2")
	fl.StringVar(&f.framing, "framing", "u32", "of the messages: "+strings.Join(codec.Names(), ", ")+", with name:key=value,...")
	fl.StringVar(&f.handler, "handler", "", "what the server does with them (default: the workload's own)")
	fl.BoolVar(&f.plain, "plain", false, "send no preface: the server speaks --framing from the first byte")
	fl.StringVar(&f.verify, "verify", string(client.VerifyFull), "what is checked: full (every byte), length or none")
	fl.Uint64Var(&f.seed, "seed", 0, "of the content (connection i has seed+i), of sizes and of arrivals")
	fl.Var(&f.timeout, "timeout", "for connecting, and for a connection that makes no progress")
	fl.StringVarP(&f.affinity, "affinity", "A", "", "processors that this process keeps to, an embedded server included, as 0 or 0-3 (Linux)")
	f.socket.add(fl)
}

// given tells what was typed from what is a default.
func (f *loadFlags) given(cmd *cobra.Command) {
	if cmd.Flags().Changed("depth") && f.depth == 0 {
		f.depth = -1 // 0 is "not given"
	}
	f.framed, f.delayed = cmd.Flags().Changed("framing"), cmd.Flags().Changed("nodelay")
	f.plotted = cmd.Flags().Changed("plot")
	if !cmd.Flags().Changed("verify") {
		f.verify = "" // the workload's own: where nothing can be verified, none
	}
}
