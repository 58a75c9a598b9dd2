#!/usr/bin/env bash
# Runs benchmarks in rounds, A B C A B C, so that a machine that drifts drifts
# for all of them; go test -count would run A A B B. Prints benchmark text with
# the machine and the versions it is from:
#
#   bench/rounds.sh 6 '^BenchmarkEcho$' -benchtime 300000x > bench/results/echo.txt
#   benchstat -col /server bench/results/echo.txt
#   PACKAGE=codec bench/rounds.sh 6 '^BenchmarkDecode$' -benchtime 50ms > bench/results/codec-decode.txt
#
# PACKAGE is the directory of the benchmarks, bench if it is not set. Nothing else should run meanwhile.
set -euo pipefail
package=${PACKAGE:-bench}
cd "$(dirname "$0")/../$package"
rounds=${1:?rounds} regexp=${2:?regexp}
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
go test -c -o "$tmp/bench.test" .
echo "# command: ${PACKAGE:+PACKAGE=$PACKAGE }bench/rounds.sh $rounds '$regexp' $*"
echo "# kernel: $(uname -sr), $(nproc) cores"
echo "# go: $(go env GOVERSION), gnet: $(go list -m -f '{{.Version}}' github.com/panjf2000/gnet/v2), loadframe: $(git describe --always --dirty)"
for ((i = 0; i < rounds; i++)); do
  "$tmp/bench.test" -test.run '^$' -test.bench "$regexp" "${@/#-/-test.}"
done | grep -v '^PASS$'
