#!/usr/bin/env bash
# Prints the path of the CLI that the targets run: $TF_CLI, else terraform or
# tofu from PATH, else an OpenTofu built here from its Go module.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in "${TF_CLI:-}" terraform tofu; do
	if [ -n "$name" ] && path=$(command -v "$name"); then
		case $path in /*) echo "$path" ;; *) echo "$PWD/$path" ;; esac
		exit
	fi
	if [ -n "$name" ] && [ "$name" = "${TF_CLI:-}" ]; then
		echo "TF_CLI is $name, and no such command is there" >&2
		exit 1
	fi
done
exec scripts/build-tofu.sh
