package report

import (
	"runtime"

	"github.com/loadframe/loadframe/internal/sysinfo"
)

// Config is what was asked for, after parsing: base units, defaults filled in. Absent: not asked for, or without meaning for
// the workload.
type Config struct {
	Addr        string  `json:"addr,omitempty"`
	Embedded    bool    `json:"embedded"` // the server ran in this process
	Framing     string  `json:"framing,omitempty"`
	Handler     string  `json:"handler,omitempty"`
	Workload    string  `json:"workload,omitempty"`
	Connections int     `json:"connections,omitempty"`
	DurationS   float64 `json:"duration_s,omitempty"` // bound of the run; 0: none
	Bytes       int64   `json:"bytes,omitempty"`      // bound of the run, payload bytes; 0: none
	Messages    int64   `json:"messages,omitempty"`   // bound of the run; 0: none
	Size        int64   `json:"size,omitempty"`       // payload bytes of a message; the mean when Sizes is set
	Sizes       string  `json:"sizes,omitempty"`      // distribution as typed; empty: all messages are Size long
	Payload     string  `json:"payload,omitempty"`    // content as typed; empty: random bytes that the framing carries
	Depth       int     `json:"depth,omitempty"`      // requests in flight per connection
	Batch       int     `json:"batch,omitempty"`      // messages the client puts into one write at most
	NoDelay     *bool   `json:"nodelay,omitempty"`    // TCP_NODELAY; nil: the transport has none
	Verify      string  `json:"verify,omitempty"`     // VerifyFull, VerifyLength or VerifyNone
	Seed        uint64  `json:"seed"`
	IntervalS   float64 `json:"interval_s,omitempty"`
	OmitS       float64 `json:"omit_s,omitempty"` // warm-up that is not measured

	Schedule      string            `json:"schedule,omitempty"`       // pacing as typed; empty: closed loop
	MessagesPerS  float64           `json:"messages_per_s,omitempty"` // target; 0: none
	BitsPerS      int64             `json:"bits_per_s,omitempty"`     // target; 0: none
	Plain         bool              `json:"plain,omitempty"`          // no preface was sent
	Window        int64             `json:"window,omitempty"`         // bytes asked of the kernel; 0: its default
	MSS           int64             `json:"mss,omitempty"`
	Congestion    string            `json:"congestion,omitempty"`
	ToS           int               `json:"tos,omitempty"`
	Bind          string            `json:"bind,omitempty"`
	ZeroCopy      bool              `json:"zero_copy,omitempty"`
	SkipRxCopy    bool              `json:"skip_rx_copy,omitempty"`
	TimeoutS      float64           `json:"timeout_s,omitempty"`
	Title         string            `json:"title,omitempty"`  // for people
	Labels        map[string]string `json:"labels,omitempty"` // for programs that compare results
	ServerVersion string            `json:"server_version,omitempty"` // as a remote server told it
}

// The values of Config.Verify.
const (
	VerifyFull   = "full"   // every payload byte is compared
	VerifyLength = "length" // payload lengths only
	VerifyNone   = "none"
)

// Tool says which build measured.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Go      string `json:"go"`
	GNet    string `json:"gnet,omitempty"` // absent when the build does not know its modules
}

// Host is the machine that measured.
type Host struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPUs       int    `json:"cpus"`
	Kernel     string `json:"kernel,omitempty"`
	GOMAXPROCS int    `json:"gomaxprocs"`
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
