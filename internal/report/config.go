package report

import (
	"runtime"

	"github.com/loadframe/loadframe/internal/sysinfo"
)

// Config is what was asked for, after parsing: base units, defaults filled in. Absent: not asked for, or without meaning for
// the workload.
type Config struct {
	Addr        string  `json:"addr,omitempty"`        // of the server
	Embedded    bool    `json:"embedded"`              // the server ran in this process
	Framing     string  `json:"framing,omitempty"`     // of the messages
	Handler     string  `json:"handler,omitempty"`     // what the server does with them
	Workload    string  `json:"workload,omitempty"`    // as in the command
	Connections int     `json:"connections,omitempty"` // of the client
	DurationS   float64 `json:"duration_s,omitempty"`  // bound of the run; 0: none
	Bytes       int64   `json:"bytes,omitempty"`       // bound of the run, payload bytes; 0: none
	Messages    int64   `json:"messages,omitempty"`    // bound of the run; 0: none
	Size        int64   `json:"size,omitempty"`        // payload bytes of a message; the mean when Sizes is set
	Sizes       string  `json:"sizes,omitempty"`       // distribution as typed; empty: all messages are Size long
	Payload     string  `json:"payload,omitempty"`     // content as typed; empty: random bytes that the framing carries
	Depth       int     `json:"depth,omitempty"`       // requests in flight per connection
	Batch       int     `json:"batch,omitempty"`       // messages the client puts into one write at most
	NoDelay     *bool   `json:"nodelay,omitempty"`     // TCP_NODELAY; nil: the transport has none
	Verify      string  `json:"verify,omitempty"`      // full, length or none; empty: there was nothing to verify
	Seed        uint64  `json:"seed"`                  // of content, sizes and arrivals
	IntervalS   float64 `json:"interval_s,omitempty"`  // between interval lines; 0: none
	OmitS       float64 `json:"omit_s,omitempty"`      // warm-up that is not measured

	Schedule      string            `json:"schedule,omitempty"`        // pacing as typed; empty: closed loop
	MessagesPerS  float64           `json:"messages_per_s,omitempty"`  // target; 0: none
	BitsPerS      int64             `json:"bits_per_s,omitempty"`      // target; 0: none
	PathBitsPerS  int64             `json:"path_bits_per_s,omitempty"` // of the path's narrowest link, by whoever ran it
	Plain         bool              `json:"plain,omitempty"`           // no preface was sent
	Window        int64             `json:"window,omitempty"`          // bytes asked of the kernel; 0: its default
	MSS           int64             `json:"mss,omitempty"`             // asked of the kernel; 0: its default
	Congestion    string            `json:"congestion,omitempty"`      // algorithm asked of the kernel
	ToS           int               `json:"tos,omitempty"`             // of the IP header
	Bind          string            `json:"bind,omitempty"`            // local address
	ZeroCopy      bool              `json:"zero_copy,omitempty"`       // sent without copying
	SkipRxCopy    bool              `json:"skip_rx_copy,omitempty"`    // received without copying: nothing was looked at
	Affinity      string            `json:"affinity,omitempty"`        // processors that the client kept to
	TimeoutS      float64           `json:"timeout_s,omitempty"`       // for connecting, and for a connection without progress
	Title         string            `json:"title,omitempty"`           // for people
	Labels        map[string]string `json:"labels,omitempty"`          // for programs that compare results
	ServerVersion string            `json:"server_version,omitempty"`  // as a remote server told it
}

// The values of Config.Verify.
const (
	VerifyFull   = "full"   // every payload byte is compared
	VerifyLength = "length" // payload lengths only
	VerifyNone   = "none"
)

// Tool says which build measured.
type Tool struct {
	Name    string `json:"name"`           // loadframe
	Version string `json:"version"`        // of the build
	Go      string `json:"go"`             // version that built it
	GNet    string `json:"gnet,omitempty"` // absent when the build does not know its modules
}

// Host is the machine that measured.
type Host struct {
	OS         string `json:"os"`               // as Go calls it
	Arch       string `json:"arch"`             // as Go calls it
	CPUs       int    `json:"cpus"`             // processors of the machine
	Kernel     string `json:"kernel,omitempty"` // release
	GOMAXPROCS int    `json:"gomaxprocs"`       // processors that the process uses at a time
}

// ThisTool returns the facts about the running binary.
func ThisTool() Tool {
	b := sysinfo.ReadBuild()
	return Tool{Name: "loadframe", Version: b.Version, Go: b.Go, GNet: b.GNet}
}

// ThisHost returns the facts about the machine the process runs on.
func ThisHost() Host {
	return Host{
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		CPUs:       runtime.NumCPU(),
		Kernel:     sysinfo.Kernel(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
	}
}
