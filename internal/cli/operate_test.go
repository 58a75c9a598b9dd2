package cli_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run is a loadframe serve of a test.
type run struct {
	*exec.Cmd
	t     *testing.T
	out   *os.File
	lines *bufio.Reader // of out, its standard output
	log   *strings.Builder
}

// startServe starts loadframe serve on a free port.
func startServe(t *testing.T, env []string, args ...string) *run {
	t.Helper()
	return startServeLog(t, nil, env, args...)
}

// startServeLog is startServe with a standard error that is log, unless that is
// nil.
func startServeLog(t *testing.T, log *os.File, env []string, args ...string) *run {
	t.Helper()
	path, err := exec.LookPath("loadframe") // testscript.Main has extended our PATH
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*limit)
	cmd := exec.CommandContext(ctx, path, append([]string{"serve", "--listen", "tcp://127.0.0.1:0"}, args...)...)
	cmd.Env = append(append(os.Environ(), "GORACE="+gorace), env...)
	r := &run{Cmd: cmd, t: t, log: new(strings.Builder)}
	if cmd.Stderr = r.log; log != nil {
		cmd.Stderr = log
	}
	out, w, err := os.Pipe() // not StdoutPipe: Wait closes that while we may still read
	if err == nil {
		cmd.Stdout = w
		err = errors.Join(cmd.Start(), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	r.out, r.lines = out, bufio.NewReader(out)
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		out.Close()
	})
	return r
}

// line returns what follows prefix in the next line.
func (r *run) line(prefix string) string {
	r.t.Helper()
	line, err := r.lines.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
	if err != nil || !ok {
		r.t.Fatalf("read %q, %v, where %q was expected", line, err, prefix)
	}
	return rest
}

func (r *run) addr() string {
	r.t.Helper()
	addr, _, _ := strings.Cut(r.line("listening tcp "), " ")
	return addr
}

// ends waits for the end and expects status 0.
func (r *run) ends() {
	r.t.Helper()
	if err := r.Wait(); err != nil {
		r.t.Fatalf("serve ended with %v\n%s", err, r.log)
	}
}

func dialServe(t *testing.T, addr, send string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(limit))
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	return c
}

// A server that serves one client refuses a second, sends the first all that it
// asked for, though it reads late, and ends with status 0.
func TestServeOne(t *testing.T) {
	r := startServe(t, nil, "-1")
	addr := r.addr()
	c := dialServe(t, addr, "30000000\n")
	head := make([]byte, len("file_prepared"))
	if _, err := io.ReadFull(c, head); err != nil {
		t.Fatal(err)
	}
	if line, err := io.ReadAll(dialServe(t, addr, "")); string(line) != "ERR one client only: another is being served\n" {
		t.Errorf("the second client got %q, %v", line, err)
	}
	c.(*net.TCPConn).CloseWrite()
	if n, err := io.Copy(io.Discard, c); n != 30000000 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	r.ends()
}

// A load run is one client to such a server: it asks about the server's cost on
// a connection that comes after its own.
func TestServeOneLoad(t *testing.T) {
	r := startServe(t, nil, "-1")
	out, err := exec.Command(r.Path, "load", "pull", r.addr(), "-n", "1MiB", "-J").CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"payload_bytes": 1048576`) {
		t.Errorf("%v: %s", err, out)
	}
	r.ends()
}

func TestServeAdmin(t *testing.T) {
	r := startServe(t, nil, "--admin", "127.0.0.1:0")
	addr := r.addr()
	url := r.line("admin ")
	c := dialServe(t, addr, "SYN\n")
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	for _, want := range []string{
		"\nloadframe_connections 1\n", `loadframe_wire_bytes_total{direction="in",framing="text",handler="command"} 4` + "\n",
		"\nprocess_open_fds ", "\ngo_goroutines ",
	} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("metrics have no %q, %v:\n%s", want, err, text)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	_ = r.Process.Signal(syscall.SIGTERM)
	r.ends()
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("still answers")
	}
}

// An --admin address in use ends the server: nobody would miss the metrics
// before they are needed.
func TestServeAdminInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := startServe(t, nil, "--admin", l.Addr().String())
	var exit *exec.ExitError
	if err := r.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(r.log.String(), "loadframe: admin: listen tcp "+l.Addr().String()) {
		t.Errorf("%v, log %q", err, r.log)
	}
}

// The service manager is told when the server listens, and when it stops.
func TestServeNotifiesServiceManager(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_ = l.SetReadDeadline(time.Now().Add(limit))
	told := func() string {
		buf := make([]byte, 4096)
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	r := startServe(t, []string{"NOTIFY_SOCKET=" + socket})
	if got := told(); got != "READY=1" {
		t.Errorf("told %q at first", got)
	}
	// Ready is ready: no address has to be waited for.
	c := dialServe(t, r.addr(), "SYN\n")
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	_ = r.Process.Signal(syscall.SIGTERM)
	if got := told(); got != "STOPPING=1" {
		t.Errorf("told %q at the end", got)
	}
	r.ends()
}

// unit reads the assignments of a unit file, by section; a key may stand there
// several times.
func unit(text string) (map[string]map[string][]string, error) {
	sections := map[string]map[string][]string{}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		key, value, assigns := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && line[len(line)-1] == ']':
			section = line[1 : len(line)-1]
			sections[section] = map[string][]string{}
		case assigns && section != "" && key != "" && !strings.ContainsAny(key, " \t"):
			sections[section][key] = append(sections[section][key], value)
		default:
			return nil, errors.New("neither section nor assignment: " + line)
		}
	}
	return sections, nil
}

// The unit in docs/ starts a server that there is: its command line is run with
// other ports. What keeps the service in has to be there.
func TestServiceUnit(t *testing.T) {
	text, err := os.ReadFile("../../docs/systemd/loadframe.service")
	if err != nil {
		t.Fatal(err)
	}
	sections, err := unit(string(text))
	if err != nil {
		t.Fatal(err)
	}
	service := sections["Service"]
	for key, want := range map[string]string{
		"Type": "notify", "DynamicUser": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "NoNewPrivileges": "yes",
		"ProtectSystem": "strict", "ProtectHome": "yes", "PrivateDevices": "yes", "RestrictNamespaces": "yes", "MemoryDenyWriteExecute": "yes",
		"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "ProtectControlGroups": "yes", "ProtectKernelTunables": "yes", "LockPersonality": "yes",
	} {
		if got := service[key]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if len(service["ExecStart"]) != 1 || len(sections["Install"]["WantedBy"]) != 1 {
		t.Fatalf("ExecStart %q, WantedBy %q", service["ExecStart"], sections["Install"]["WantedBy"])
	}
	words := strings.Fields(service["ExecStart"][0])
	if len(words) < 2 || !filepath.IsAbs(words[0]) || words[1] != "serve" {
		t.Fatalf("ExecStart %q", words)
	}
	var args []string
	drain, stop := "", service["TimeoutStopSec"]
	for i := 2; i < len(words); i += 2 {
		switch words[i] {
		case "--listen":
			continue // startServe has one
		case "--admin":
			words[i+1] = "127.0.0.1:0"
		case "--drain-timeout":
			drain = words[i+1]
		}
		args = append(args, words[i:i+2]...)
	}
	r := startServe(t, nil, args...)
	r.addr()
	r.line("admin ")
	_ = r.Process.Signal(syscall.SIGTERM)
	r.ends()
	patience, err1 := time.ParseDuration(drain)
	kill, err2 := time.ParseDuration(strings.Join(stop, " "))
	if err := errors.Join(err1, err2); err != nil || kill <= patience {
		t.Errorf("killed after %v, with %v to drain: %v", stop, drain, err)
	}
}
