// Command k6 is k6 with the extension k6/x/loadframe in it.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "github.com/loadframe/loadframe/k6"
)

func main() { cmd.Execute() }
