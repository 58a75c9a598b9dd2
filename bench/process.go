package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// process is a server of an experiment in a process of its own.
type process struct {
	addr string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// processWait bounds the end of a process that was told to end.
const processWait = 10 * time.Second

// startProcess starts a command that calls [Serve]. It ends with this process,
// however that ends, since its standard input does.
func startProcess(command []string, kind string, most int) (*process, error) {
	if len(command) == 0 {
		return nil, errors.New("bench: no server: neither an address nor a command that serves")
	}
	cmd := exec.Command(command[0], append(append([]string{}, command[1:]...), kind, strconv.Itoa(most))...)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("bench: %s server: %w", kind, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: %s server: %w", kind, err)
	}
	p := &process{cmd: cmd, in: in, out: bufio.NewReader(out)}
	line, err := p.out.ReadString('\n')
	if p.addr = strings.TrimSpace(line); err == nil {
		_, err = netip.ParseAddrPort(p.addr)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bench: the %s server does not listen: %w", kind, err), p.stop())
	}
	return p, nil
}

// used asks what it has used so far.
func (p *process) used() (used, error) { return p.ask(askUsed) }

// collect asks the same behind a collection of its garbage.
func (p *process) collect() (used, error) { return p.ask(askCollect) }

func (p *process) ask(question string) (u used, err error) {
	_, err = io.WriteString(p.in, question+"\n")
	var answer []byte
	if err == nil {
		answer, err = p.out.ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(answer, &u)
	}
	if err != nil {
		return u, fmt.Errorf("bench: the server at %s does not say what it has used: %w", p.addr, err)
	}
	return u, nil
}

// stop returns when it has ended.
func (p *process) stop() error {
	p.in.Close()
	hung := time.AfterFunc(processWait, func() { _ = p.cmd.Process.Kill() })
	defer hung.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("bench: server process: %w", err)
	}
	return nil
}
