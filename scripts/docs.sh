#!/usr/bin/env bash
# Generates docs/ from the built provider's schemas, templates/ and examples/,
# without a network: the schemas come from the CLI through a local mirror.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/mirror.sh

work=$PWD/.build/docs
rm -rf "$work"
mkdir -p "$work"
mirror "$work"
"$TF_CLI" fmt -recursive examples

cat >"$work/main.tf" <<'CONFIG'
terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}
CONFIG
"$TF_CLI" -chdir="$work" init -no-color -backend=false -input=false >"$work/init.log" || { cat "$work/init.log"; exit 1; }
# The generator looks the schema up by the provider's short name.
"$TF_CLI" -chdir="$work" providers schema -json |
	sed -E 's#"registry\.(terraform\.io|opentofu\.org)/awsdeploy/awsdeploy":#"awsdeploy":#' >"$work/schema.json"
.build/bin/tfplugindocs generate --provider-name awsdeploy --rendered-provider-name awsdeploy --providers-schema "$work/schema.json"
# What each type needs of IAM, from the code.
go run ./internal/cmd/permissions docs/guides/iam.md
