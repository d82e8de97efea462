#!/usr/bin/env bash
# Runs each fuzz target for a time, one after the other: fuzz.sh 10m [FuzzName].
# What a target finds it leaves in the package's testdata/fuzz, where `go test`
# runs it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
time=$1 only=${2:-}
failed=()
for file in $(grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' internal | sort); do
	for target in $(sed -nE 's/^func (Fuzz[A-Za-z]+)\(.*/\1/p' "$file"); do
		if [ -n "$only" ] && [ "$only" != "$target" ]; then
			continue
		fi
		echo "=== $(dirname "$file") $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -parallel "${FUZZPARALLEL:-1}" "./$(dirname "$file")" || failed+=("$(dirname "$file") $target")
	done
done
if [ ${#failed[@]} -gt 0 ]; then
	printf 'found something: %s\n' "${failed[@]}"
	exit 1
fi
