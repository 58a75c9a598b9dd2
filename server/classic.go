package server

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
)

// ClassicService is one of the services of the older tools, on the port where
// their clients look for it.
type ClassicService struct {
	Name string
	Port int
	url  string // with %s for host:port
}

// classic are all of them. A framing of raw answers what a first read returned;
// with text a message has ended after 20 ms of silence at the latest. The sink
// was on port 81, for which a server needs privileges.
var classic = []ClassicService{
	{"record", 8500, "tcp://%s?framing=raw&handler=record"},
	{"stamp", 21567, "tcp://%s?framing=text&handler=stamp"},
	{"ack", 27700, "tcp://%s?framing=raw&handler=ack:once"},
	{"sink", 8081, "tcp://%s?framing=raw&handler=sink"},
	{"time", 9999, "tcp://%s?framing=text&handler=time"},
	{"echo", 12345, "tcp://%s?framing=raw&handler=echo"},
	{"command", 8120, "tcp://%s?handler=command:once"},
	{"udp", 8121, "udp://%s"},
}

// Classic returns the services of the older tools, each with its own port.
func Classic() []ClassicService { return slices.Clone(classic) }

// ClassicListeners returns what listens as the older tools do, on one host.
// ports moves services, by name, to other ports; 0 is chosen by the system.
func ClassicListeners(host string, ports map[string]int) ([]Listener, error) {
	if err := checkMoved(ports); err != nil {
		return nil, err
	}
	var ls []Listener
	for _, s := range classic {
		port, moved := ports[s.Name]
		if !moved {
			port = s.Port
		}
		l, err := ParseListener(fmt.Sprintf(s.url, net.JoinHostPort(host, strconv.Itoa(port))))
		if err != nil {
			return nil, err
		}
		ls = append(ls, l)
	}
	return ls, nil
}

func checkMoved(ports map[string]int) error {
	var names []string
	for _, s := range classic {
		names = append(names, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		switch port := ports[name]; {
		case !slices.Contains(names, name):
			return fmt.Errorf("server: unknown classic service %.64q: the services are %s", name, strings.Join(names, ", "))
		case port < 0 || port > 65535:
			return fmt.Errorf("server: classic service %s: port %d: want 0 to 65535", name, port)
		}
	}
	return nil
}
