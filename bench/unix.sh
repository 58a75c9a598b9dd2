#!/usr/bin/env bash
# Pulls over one unix socket and one loopback TCP connection in turn, server and
# client as processes of their own. Prints Go benchmark text for benchstat:
#
#   bench/unix.sh [rounds [seconds]] > bench/results/unix.txt
#   benchstat -col /transport bench/results/unix.txt
#
# B/s is goodput at the receiver; cpu-s/GB is the CPU time of both processes.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-6} seconds=${2:-2}

tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT
go build -o "$tmp/loadframe" .

: >"$tmp/listening"
"$tmp/loadframe" serve --listen tcp://127.0.0.1:0 --listen "unix://$tmp/socket" --log-level warn >"$tmp/listening" &
until [ "$(wc -l <"$tmp/listening")" -ge 2 ]; do :; done
tcp=$(awk '{print $3; exit}' "$tmp/listening")

# measure NAME ADDRESS OPTION...
measure() {
  local name=$1 to=$2
  shift 2
  "$tmp/loadframe" load pull "$to" -t "$seconds" -J "$@" >"$tmp/json"
  awk -F'[:,]' -v name="$name" '
    /^  "duration_s"/ {s = $2} /"payload_bytes"/ && !n {n = $2}
    /"client_cpu_s"/ {c = $2} /"server_cpu_s"/ {d = $2}
    END {printf "%s 1 %.0f B/s %.4f cpu-s/GB\n", name, n / s, (c + d) / (n / 1e9)}' "$tmp/json"
}

echo "# command: bench/unix.sh $rounds $seconds"
echo "# kernel: $(uname -sr), $(nproc) cores, net.core.wmem_max $(cat /proc/sys/net/core/wmem_max)"
echo "# go: $(go env GOVERSION), gnet: $(go list -m -f '{{.Version}}' github.com/panjf2000/gnet/v2), loadframe: $(git describe --always --dirty)"
echo "goos: $(go env GOOS)"
echo "goarch: $(go env GOARCH)"
for ((i = 0; i < rounds; i++)); do
  for options in "framing=u32/frame=256KiB/verify=full:--framing u32 -l 256KiB" "framing=raw/verify=full:--framing raw" "framing=raw/verify=none:--framing raw --verify none"; do
    for transport in tcp unix; do
      to=$tcp
      [ "$transport" = tcp ] || to=unix://$tmp/socket
      # shellcheck disable=SC2086 # the options are words
      measure "BenchmarkPull/${options%%:*}/transport=$transport" "$to" ${options#*:}
    done
  done
done
