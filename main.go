// Loadframe load-tests a network path and the framing that a protocol puts on
// it. See README.md, or run: loadframe help
package main

import (
	"os"

	"github.com/loadframe/loadframe/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, os.Stdout, os.Stderr))
}
