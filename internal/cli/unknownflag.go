package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// otherNames are flags of iperf3, tcpkali, wrk and their like, and which of ours to try where a command has it.
var otherNames = map[string]string{
	"-F":                             "payload",
	"-m":                             "payload",
	"--blockcount":                   "messages",
	"--channel-bandwidth-downstream": "bitrate",
	"--channel-bandwidth-upstream":   "bitrate",
	"--concurrency":                  "parallel",
	"--connect-timeout":              "timeout",
	"--connections":                  "parallel",
	"--dscp":                         "tos",
	"--duration":                     "time",
	"--file":                         "payload",
	"--message":                      "payload",
	"--message-file":                 "payload",
	"--message-rate":                 "rate",
	"--nagle":                        "nodelay",
	"--num":                          "bytes",
	"--pipeline":                     "depth",
	"--qps":                          "rate",
	"--rcv-timeout":                  "timeout",
	"--rcvbuf":                       "window",
	"--requests":                     "messages",
	"--server-bitrate-limit":         "max-rate",
	"--size":                         "length",
	"--sndbuf":                       "window",
	"--source-ip":                    "bind",
	"--threads":                      "loops",
	"--workers":                      "loops",
}

// otherPlaces are those whose place is not taken by a flag here: which, of what commands, and what to type.
var otherPlaces = []struct{ flags, commands, want string }{
	{"-p --port", "load capacity compare shell", "the port stands behind the host, as in 192.0.2.7:8120"},
	{"-p --port -l --listen-port", "serve proxy", "want --listen HOST:PORT"},
	{"-c", "load capacity", "the server is an argument, as in loadframe load pull HOST:PORT; connections are -P, --parallel"},
	{"--client", "load capacity", "the server is an argument, as in loadframe load pull HOST:PORT"},
	{"-c --client", "loadframe", "want loadframe load WORKLOAD HOST:PORT"},
	{"-s --server", "loadframe load", "want loadframe serve"},
	{"-R --reverse", "load", "want loadframe load pull, where the server sends"},
	{"--bidir", "load", "want loadframe load duplex"},
	{"--connect-rate --channel-lifetime", "load", "want loadframe load churn -r RATE, where each message has a connection"},
}

// unknownFlag names the flag, the command, and what to type instead if that can be told.
func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	name := unknown.GetSpecifiedName()
	typed := "--" + name
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		if name = spelled(cmd.Flags(), letters); name == "" {
			r, _ := utf8.DecodeRuneInString(letters)
			name = string(r)
		}
		typed = "-" + name
	}
	return fmt.Errorf("unknown flag %.64q for %q: %s", typed, cmd.CommandPath(), instead(cmd, typed, name))
}

// spelled returns the flag whose whole name was typed behind one dash, and so read as letters, "" if there is none. It is told what is left from
// the first on that is no flag: of -help the h is.
func spelled(flags *pflag.FlagSet, left string) (name string) {
	left, _, _ = strings.Cut(left, "=")
	flags.VisitAll(func(f *pflag.Flag) {
		if taken, ok := strings.CutSuffix(f.Name, left); ok && len(left) > 1 && len(taken) < 2 {
			name = f.Name
		}
	})
	return name
}

func instead(cmd *cobra.Command, typed, name string) string {
	for _, p := range otherPlaces {
		if oneOf(p.flags, typed) && oneOf(p.commands, cmd.Name()) {
			return p.want
		}
	}
	if f := cmd.Flags().Lookup(otherNames[typed]); f != nil {
		return "did you mean " + dashed(f) + "?"
	}
	if near := nearFlags(cmd.Flags(), name); len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return fmt.Sprintf("%s --help lists those there are", cmd.CommandPath())
}

func oneOf(words, word string) bool {
	return strings.Contains(" "+words+" ", " "+word+" ")
}

func dashed(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return fmt.Sprintf("-%s, --%s", f.Shorthand, f.Name)
	}
	return "--" + f.Name
}

// nearFlags are the flag of that name, or those that begin so, or are like it but for a letter, or two of a long name. cobra knows what is near
// for commands alone: so each flag is one.
func nearFlags(flags *pflag.FlagSet, name string) (near []string) {
	if f := flags.Lookup(name); f != nil {
		return []string{dashed(f)}
	}
	if utf8.RuneCountInString(name) < 2 {
		return nil
	}
	all := new(cobra.Command)
	flags.VisitAll(func(f *pflag.Flag) {
		all.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	for most := 0; most <= min(2, len(name)/3) && len(near) == 0; most++ {
		all.SuggestionsMinimumDistance = most
		for _, n := range all.SuggestionsFor(name) {
			near = append(near, dashed(flags.Lookup(n)))
		}
	}
	return near[:min(3, len(near))]
}
