#!/usr/bin/env bash
# Open-loop echo at several rates, evenly spaced and at random, in turn; server
# and client as processes of their own. Prints Go benchmark text for benchstat:
#
#   bench/pacing.sh [rounds [seconds]] > bench/results/pacing.txt
#   benchstat -row .fullname bench/results/pacing.txt
#
# msg/s is what was achieved, lag-p99-ns by how much the generator sent too late.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-6} seconds=${2:-5}
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT
go build -o "$tmp/loadframe" .
: >"$tmp/listening"
"$tmp/loadframe" serve --listen tcp://127.0.0.1:0 --log-level error >"$tmp/listening" &
until [ -s "$tmp/listening" ]; do :; done
addr=$(awk '{print $3; exit}' "$tmp/listening")

echo "# command: bench/pacing.sh $rounds $seconds"
echo "# kernel: $(uname -sr), $(nproc) cores"
echo "# go: $(go env GOVERSION), gnet: $(go list -m -f '{{.Version}}' github.com/panjf2000/gnet/v2), loadframe: $(git describe --always --dirty)"
for ((i = 0; i < rounds; i++)); do
  for arrival in 1k poisson:1k 10k poisson:10k 100k poisson:100k; do
    "$tmp/loadframe" load echo "$addr" -r "$arrival" -t "$seconds" -P 4 --bench >>"$tmp/out"
  done
done
awk '/^Benchmark/ || !seen[$0]++' "$tmp/out" # one header is enough
