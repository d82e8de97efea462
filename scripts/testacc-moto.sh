#!/usr/bin/env bash
# Runs the portable acceptance tests against moto, an emulator of AWS that
# nobody here wrote. Without moto, and when it cannot be installed, that is a
# failure in CI and a notice elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

cli=$(scripts/terraform-cli.sh)
if ! tools=$(scripts/python-tools.sh moto_server); then
	echo "moto_server is not here and could not be installed: these tests did not run" >&2
	[ "${CI:-}" = true ] && exit 1
	exit 0
fi

work=.build/moto
mkdir -p "$work"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
MOTO_EC2_LOAD_DEFAULT_AMIS=false "$tools/moto_server" -H 127.0.0.1 -p "$port" >"$work/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

url=http://127.0.0.1:$port
for _ in $(seq 100); do
	if curl --silent --fail --output /dev/null "$url/moto-api/"; then
		break
	fi
	kill -0 "$server" || { cat "$work/server.log"; exit 1; }
	sleep 0.2
done
curl --silent --fail --output /dev/null "$url/moto-api/"

echo "moto answers at $url"
status=0
AWSDEPLOY_TEST_ENDPOINT=$url TF_CLI=$cli go test -count=1 -v -timeout 10m -run '^TestAcc' ${TESTFLAGS:-} ./internal/provider \
	>"$work/tests.log" 2>&1 || status=$?
grep -E '^\s*--- (PASS|FAIL)|^(FAIL|ok|panic)' "$work/tests.log" || true
if [ "$status" -ne 0 ]; then
	cat "$work/tests.log"
	exit "$status"
fi
passed=$(grep -c '^--- PASS' "$work/tests.log" || true)
skipped=$(grep -c '^--- SKIP' "$work/tests.log" || true)
echo "$passed tests passed against moto, $skipped need this project's emulator"
if [ "$passed" -eq 0 ]; then
	echo "no portable test ran" >&2
	exit 1
fi
