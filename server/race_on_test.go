//go:build race

package server_test

// raced tells that the tests and the servers they start are built with -race,
// which makes a connection some ten times as dear.
const raced = true
