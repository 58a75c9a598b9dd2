package client_test

import (
	"testing"

	"github.com/loadframe/loadframe/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }
