package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// completeLoad tells the shell what the flags of load take.
func completeLoad(cmd *cobra.Command) {
	completeFlags(cmd, "framing", "verify", "payload", "arrival", "json-format", "threshold")
}

// completeFlags tells the shell what these flags take, where that are a few
// words.
func completeFlags(cmd *cobra.Command, flags ...string) {
	metrics := []cobra.Completion{}
	for _, m := range report.Metrics() {
		metrics = append(metrics, m.Name)
	}
	words := map[string][]cobra.Completion{
		"framing":     codec.Names(),
		"verify":      {string(client.VerifyFull), string(client.VerifyLength), string(client.VerifyNone)},
		"payload":     strings.Fields("random letters text zeros worst file:"),
		"arrival":     strings.Fields("constant poisson burst:"),
		"json-format": strings.Fields("loadframe iperf3"),
		"threshold":   metrics,
		"slo":         metrics,
	}
	for _, name := range flags {
		directive := cobra.ShellCompDirectiveNoFileComp
		if name == "threshold" || name == "slo" {
			directive |= cobra.ShellCompDirectiveNoSpace // an operator follows
		}
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words[name], directive)); err != nil {
			panic(err) // a flag that is not there: every test finds it
		}
	}
}
