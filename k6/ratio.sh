#!/usr/bin/env bash
# Message rate of echo at depth 32 on one connection: the plain binary and k6 with the extension in turn, against one server.
# Usage: ratio.sh [ROUNDS [SECONDS [MESSAGES A BURST]]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-6} seconds=${2:-5} burst=${3:-10000}
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT

CGO_ENABLED=0 go build -o "$dir/loadframe" .
(cd k6 && CGO_ENABLED=0 go build -o "$dir/k6" ./cmd/k6)
cat >"$dir/echo.js" <<END
import loadframe from "k6/x/loadframe";
export const options = { vus: 1, duration: "${seconds}s" };
const client = loadframe.client({ addr: __ENV.TARGET, depth: 32, messages: $burst, resultDir: __ENV.RESULT_DIR });
export default () => { client.burst(); };
END
"$dir/loadframe" serve --listen tcp://127.0.0.1:0 >"$dir/listening" &
server=$!
until addr=$(awk '/listening/ { print $3; found = 1 } END { exit !found }' "$dir/listening"); do sleep 0.05; done

rate() { grep -m 1 '"messages_per_s"' "$1" | tr -dc '0-9.'; }
for ((i = 1; i <= rounds; i++)); do
	"$dir/loadframe" load echo "$addr" --framing u32 --depth 32 --time "$seconds" --interval 0 -o "$dir/plain$i.json" >/dev/null
	"$dir/k6" run --quiet --no-usage-report -e "TARGET=$addr" -e "RESULT_DIR=$dir/k6-$i" "$dir/echo.js" >/dev/null 2>&1
	plain=$(rate "$dir/plain$i.json") k6=$(rate "$dir/k6-$i/k6.1of1.json")
	awk -v i="$i" -v a="$plain" -v b="$k6" 'BEGIN { printf "round %d  plain %.0f/s  k6 %.0f/s  ratio %.3f\n", i, a, b, b / a }'
done
