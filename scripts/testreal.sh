#!/usr/bin/env bash
# Runs the tests that need a real registry, Docker Engine or Maven. In CI a
# part that is missing fails; elsewhere its tests say that they were skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

log=.build/testreal.log
mkdir -p .build
packages=$(grep -rl --include='*_test.go' 'func TestReal' internal | xargs -n1 dirname | sort -u | sed 's#^#./#')
status=0
# shellcheck disable=SC2086
go test -count=1 -v -timeout 15m -run '^TestReal' ${TESTFLAGS:-} $packages >"$log" 2>&1 || status=$?
grep -E '^\s*--- |^(FAIL|ok|panic)' "$log" || true
if [ "$status" -ne 0 ]; then
	cat "$log"
	exit "$status"
fi
if ! grep -q '^--- PASS' "$log"; then
	cat "$log"
	echo "no test with real parts ran" >&2
	exit 1
fi
if [ "${CI:-}" = true ] && grep -q '^ *--- SKIP' "$log"; then
	cat "$log"
	echo "a test with real parts was skipped" >&2
	exit 1
fi
