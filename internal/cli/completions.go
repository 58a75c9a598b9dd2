package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadframe/loadframe/client"
	"github.com/loadframe/loadframe/codec"
	"github.com/loadframe/loadframe/internal/report"
)

// completeLoad tells the shell what the flags of load take, where that are a
// few words.
func completeLoad(cmd *cobra.Command) {
	metrics := []cobra.Completion{}
	for _, m := range report.Metrics() {
		metrics = append(metrics, m.Name)
	}
	for name, words := range map[string][]cobra.Completion{
		"framing":     codec.Names(),
		"verify":      {string(client.VerifyFull), string(client.VerifyLength), string(client.VerifyNone)},
		"payload":     strings.Fields("random text zeros worst file:"),
		"arrival":     strings.Fields("constant poisson burst:"),
		"json-format": strings.Fields("loadframe iperf3"),
		"threshold":   metrics,
	} {
		directive := cobra.ShellCompDirectiveNoFileComp
		if name == "threshold" {
			directive |= cobra.ShellCompDirectiveNoSpace // an operator follows
		}
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, directive)); err != nil {
			panic(err) // a flag that is not there: every test finds it
		}
	}
}
