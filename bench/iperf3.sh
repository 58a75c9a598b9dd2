#!/usr/bin/env bash
# Pulls over one loopback stream, and over two without copying, Loadframe and
# iperf3 -R in turn, server and client as processes of their own; beside them a
# unix socket. Prints Go benchmark text for benchstat:
#
#   bench/iperf3.sh [rounds [seconds]] > bench/results/pull-vs-iperf3.txt
#   benchstat -col /tool@(iperf3 loadframe) bench/results/pull-vs-iperf3.txt
#
# B/s is goodput at the receiver; cpu-s/GB is the CPU time of both processes.
# iperf3 before 3.17 takes no block over 1 MiB: a size that it refuses is told
# on standard error and left out.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-6} seconds=${2:-4}
command -v iperf3 >/dev/null || { echo "iperf3 is missing: apt-get install iperf3" >&2; exit 1; }

tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT
go build -o "$tmp/loadframe" .

: >"$tmp/listening"
"$tmp/loadframe" serve --listen tcp://127.0.0.1:0 --listen "unix://$tmp/socket" --log-level warn >"$tmp/listening" &
lf_server=$!
until [ "$(wc -l <"$tmp/listening")" -ge 2 ]; do :; done
lf_addr=$(awk '{print $3; exit}' "$tmp/listening")
port=$((20000 + RANDOM % 10000))
iperf3 -s -p "$port" >/dev/null &
ip_server=$!
until iperf3 -c 127.0.0.1 -p "$port" -n 1 >/dev/null 2>&1; do :; done

# CPU seconds that a process has used: fields 14 and 15 of its stat, in ticks.
cpu() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$1/stat"; }

# measure NAME SERVER_PID COMMAND...: COMMAND prints "bytes seconds".
measure() {
  local name=$1 pid=$2 before out client
  shift 2
  before=$(cpu "$pid")
  TIMEFORMAT='%U %S'
  client=$({ time "$@" >"$tmp/out" 2>"$tmp/err"; } 2>&1) || { echo "$name: left out: $(cat "$tmp/err" "$tmp/out" | head -n 3)" >&2; return 0; }
  out=$(cat "$tmp/out")
  echo "$name $out $client $before $(cpu "$pid")" |
    awk '{printf "%s 1 %.0f B/s %.4f cpu-s/GB\n", $1, $2 / $3, ($4 + $5 + $7 - $6) / ($2 / 1e9)}'
}

iperf() {
  iperf3 -c 127.0.0.1 -p "$port" -R -t "$seconds" -J "$@" >"$tmp/json" || { grep error "$tmp/json"; return 1; }
  awk -F'[:,]' '/"sum_received"/ {on = 1} on && /"seconds"/ {s = $2} on && /"bytes"/ {print $2, s; exit}' "$tmp/json"
}
load() {
  "$tmp/loadframe" load pull "${to:-$lf_addr}" -t "$seconds" -J "$@" >"$tmp/json" || return 1
  awk -F'[:,]' '/^  "duration_s"/ {s = $2} /"payload_bytes"/ && !n {n = $2} END {print n, s}' "$tmp/json"
}

echo "# command: bench/iperf3.sh $rounds $seconds"
echo "# kernel: $(uname -sr), $(nproc) cores"
echo "# iperf3: $(iperf3 --version | head -n 1)"
echo "# go: $(go env GOVERSION), gnet: $(go list -m -f '{{.Version}}' github.com/panjf2000/gnet/v2), loadframe: $(git describe --always --dirty)"
echo "goos: $(go env GOOS)"
echo "goarch: $(go env GOARCH)"
for ((i = 0; i < rounds; i++)); do
  measure BenchmarkPull/tool=iperf3/buffer=128KiB "$ip_server" iperf
  measure BenchmarkPull/tool=loadframe/framing=raw/verify=none "$lf_server" load --framing raw --verify none
  measure BenchmarkPull/tool=iperf3/buffer=1MiB "$ip_server" iperf -l 1M
  measure BenchmarkPull/tool=loadframe/framing=raw/verify=full "$lf_server" load --framing raw
  measure BenchmarkPull/tool=iperf3/buffer=4MiB "$ip_server" iperf -l 4M
  measure BenchmarkPull/tool=loadframe/framing=u32/frame=256KiB/verify=none "$lf_server" load --framing u32 -l 256KiB --verify none
  measure BenchmarkPull/tool=loadframe/framing=u32/frame=256KiB/verify=full "$lf_server" load --framing u32 -l 256KiB
  to=unix://$tmp/socket measure BenchmarkPull/tool=loadframe/transport=unix/framing=raw/verify=full "$lf_server" load --framing raw
  measure BenchmarkPull/streams=2/tool=iperf3/buffer=128KiB "$ip_server" iperf -P 2
  measure BenchmarkPull/streams=2/tool=loadframe/framing=raw/verify=none/copy=skip "$lf_server" load --framing raw --verify none --skip-rx-copy -P 2
done
