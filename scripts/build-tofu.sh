#!/usr/bin/env bash
# Builds OpenTofu from its Go module into .build/tofu, once, and prints the
# path. The module cache is read-only and its modules are not main modules,
# so the source is copied out of it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v1.12.6
module=github.com/opentofu/opentofu
home=$PWD/.build/tofu
tofu=$home/$version/tofu

if [ ! -x "$tofu" ]; then
	{
		echo "neither terraform nor tofu is on PATH (and TF_CLI is not set):"
		echo "building OpenTofu $version once, which takes some minutes"
		if ! source=$(cd / && GOFLAGS=-mod=mod go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p') || [ -z "$source" ]; then
			echo "OpenTofu's source could not be downloaded: install terraform 1.11 or OpenTofu 1.10 or later, or set TF_CLI to one"
			exit 1
		fi
		rm -rf "$home"
		mkdir -p "$home/$version"
		cp -r "$source" "$home/source"
		chmod -R u+w "$home/source"
		(cd "$home/source" && GOFLAGS= GOTOOLCHAIN=auto CGO_ENABLED=0 nice go build -buildvcs=false -trimpath \
			-ldflags "-s -w -X github.com/opentofu/opentofu/version.dev=no" -o "$tofu.new" ./cmd/tofu)
		rm -rf "$home/source"
		mv "$tofu.new" "$tofu"
	} >&2
fi
echo "$tofu"
