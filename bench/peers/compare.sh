#!/usr/bin/env bash
# Runs the comparison with peers in rounds, A B C A B C, prints benchmark text
# with the machine and the versions it is from, and the ratios to standard error:
#
#   bench/peers/compare.sh 6 > bench/results/peers.txt
#   bench/peers/compare.sh 6 'op=decode/framing=u32' -benchtime 100ms
#
# Nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-6} only=${2:-}
shift $(($# < 2 ? $# : 2))
(($#)) || set -- -benchtime 100ms
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go test -c -o "$tmp/peers.test" .
go build -o "$tmp/ratio" ./ratio
{
  echo "# command: bench/peers/compare.sh $rounds '$only' $*"
  echo "# kernel: $(uname -sr), $(nproc) cores"
  echo "# go: $(go env GOVERSION), loadframe: $(git describe --always --dirty)"
  go list -m -f '# {{.Path}} {{.Version}}' github.com/libp2p/go-msgio github.com/gogo/protobuf k8s.io/apimachinery
  for ((i = 0; i < rounds; i++)); do
    "$tmp/peers.test" -test.run '^$' -test.bench "^BenchmarkPeers\$/${only:-.}" "${@/#-/-test.}"
  done | grep -v '^PASS$'
} | tee "$tmp/out"
"$tmp/ratio" <"$tmp/out" >&2
