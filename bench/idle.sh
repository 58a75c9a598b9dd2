#!/usr/bin/env bash
# A pull of one stream and echo over 50 connections, without and with 10,000
# idle connections to the same server, in turn; all of them processes of their
# own. Prints Go benchmark text for benchstat:
#
#   bench/idle.sh [rounds [seconds [idle]]] > bench/results/beside-idle.txt
#   benchstat -col /idle bench/results/beside-idle.txt
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-6} seconds=${2:-3} idle=${3:-10000}
ulimit -n "$((idle + 4000))" # the server keeps some free for files and lanes
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT
go build -o "$tmp/loadframe" .
: >"$tmp/listening"
"$tmp/loadframe" serve --listen tcp://127.0.0.1:0 --max-conns "$((idle + 500))" --log-level error >"$tmp/listening" &
until [ -s "$tmp/listening" ]; do :; done
addr=$(awk '{print $3; exit}' "$tmp/listening")

# both N runs the two workloads beside N idle connections.
both() {
  "$tmp/loadframe" load pull "$addr" -t "$seconds" --label "idle=$1" --bench >>"$tmp/out"
  "$tmp/loadframe" load echo "$addr" -t "$seconds" -P 50 --label "idle=$1" --bench >>"$tmp/out"
}

echo "# command: bench/idle.sh $rounds $seconds $idle"
echo "# kernel: $(uname -sr), $(nproc) cores"
echo "# go: $(go env GOVERSION), gnet: $(go list -m -f '{{.Version}}' github.com/panjf2000/gnet/v2), loadframe: $(git describe --always --dirty)"
for ((i = 0; i < rounds; i++)); do
  both 0
  : >"$tmp/idle"
  "$tmp/loadframe" load idle "$addr" -P "$idle" -t 600 -i 1 --json-stream >"$tmp/idle" &
  holder=$!
  until grep -q '"event":"interval".*"messages":0,' "$tmp/idle"; do kill -0 "$holder"; done # a second without a message: all are there
  both "$idle"
  kill -INT "$holder"
  wait "$holder" || (($? == 130))
done
awk '/^Benchmark/ || !seen[$0]++' "$tmp/out" # one header is enough
