#!/usr/bin/env bash
# Fuzzes every target of the module, one after another, and prints a line for
# each: the target, its package, how many inputs were tried, and what came of it.
#
#   bench/fuzz.sh [time [keep]]     10m each; keep no inputs
#   bench/fuzz.sh 10m 30
#
# With keep, at most so many of the inputs that were found, the fewest and
# smallest that reach all the code that any of them reaches, are put into the
# package's testdata/fuzz, from where every go test runs them. A failing input is
# put there by go itself; the status is then 1.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10m} keep=${2:-0}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# select_inputs PACKAGE DIRECTORY TARGET copies the inputs worth keeping. Each is
# run alone under a coverage build; then the one that adds most blocks is taken,
# the smaller at a tie, until none adds any.
select_inputs() {
	local package=$1 dir=$2 target=$3 file name
	local from
	from=$(go env GOCACHE)/fuzz/$package/$target
	[[ -d $from ]] || return 0
	rm -rf "$tmp/inputs"
	mkdir -p "$tmp/inputs/testdata/fuzz/$target" "$tmp/cover"
	rm -f "$tmp"/cover/*
	find "$from" "$dir/testdata/fuzz/$target" -type f -size -2k -exec cp -t "$tmp/inputs/testdata/fuzz/$target" {} + 2>/dev/null || true
	go test -c -cover -covermode=set -o "$tmp/cover.test" "$package"
	for file in "$tmp/inputs/testdata/fuzz/$target"/*; do
		name=${file##*/}
		(cd "$tmp/inputs" && "$tmp/cover.test" -test.run "^$target\$/^$name\$" -test.coverprofile "$tmp/cover/$name" >/dev/null) || rm -f "$tmp/cover/$name"
	done
	mkdir -p "$dir/testdata/fuzz/$target"
	rm -f "$dir/testdata/fuzz/$target"/*
	(cd "$tmp/inputs/testdata/fuzz/$target" && stat -c '%s %n' *) | sort -n >"$tmp/sizes"
	awk -v keep="$keep" -v cover="$tmp/cover/" '
		{ names[++n] = $2 }
		END {
			for (i = 1; i <= n; i++)
				while ((getline line < (cover names[i])) > 0) {
					split(line, f, " ")
					if (f[3] > 0) hits[i] = hits[i] f[1] " "
				}
			for (kept = 0; kept < keep; kept++) {
				best = 0; most = 0
				for (i = 1; i <= n; i++) {
					c = split(hits[i], b, " "); new = 0
					for (j = 1; j <= c; j++) if (!(b[j] in seen)) new++
					if (new > most) { most = new; best = i }
				}
				if (!best) break
				c = split(hits[best], b, " ")
				for (j = 1; j <= c; j++) seen[b[j]]
				print names[best]
			}
		}' "$tmp/sizes" | while read -r name; do
		cp "$tmp/inputs/testdata/fuzz/$target/$name" "$dir/testdata/fuzz/$target/"
	done
}

failed=0
while read -r package dir; do
	while read -r target; do
		status=ok
		# The fuzzer may end with a deadline exceeded though it found nothing.
		if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" >"$tmp/log" 2>&1 && ! {
			grep -q 'context deadline exceeded' "$tmp/log" && ! grep -q 'Failing input written' "$tmp/log"
		}; then
			status=FAILED failed=1
			cat "$tmp/log" >&2
		fi
		last=$(grep -o 'execs: [0-9]*' "$tmp/log" | tail -n 1)
		kept=
		if ((keep > 0)); then
			select_inputs "$package" "$dir" "$target"
			kept=", keeps $(find "$dir/testdata/fuzz/$target" -type f 2>/dev/null | wc -l)"
		fi
		echo "$target $package $time ${last:-execs: 0}$kept: $status"
	done < <(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true)
done < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./... | grep .)
exit $failed
