package cli

import (
	"fmt"

	"github.com/loadframe/loadframe/internal/affinity"
)

// keepTo keeps the process to the processors of -A, if there are any.
func keepTo(processors string) error {
	if processors == "" {
		return nil
	}
	r, err := affinity.Parse(processors)
	if err != nil {
		return fmt.Errorf("-A %w", err)
	}
	return affinity.Keep(r)
}
