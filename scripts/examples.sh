#!/usr/bin/env bash
# Validates what users copy: every directory of examples/ that has
# configuration, and README's blocks of Terraform. What needs hashicorp/aws is
# held to the format only: its schemas are not here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/mirror.sh

work=$PWD/.build/examples
rm -rf "$work"
mkdir -p "$work/readme"
mirror "$work"

header='terraform {
  required_providers {
    awsdeploy = { source = "awsdeploy/awsdeploy" }
  }
}'

"$TF_CLI" fmt -check -recursive -diff examples

validate() { # name, directory of sources
	local dir=$work/run/$1
	mkdir -p "$dir"
	cp -r "$2"/. "$dir"
	grep -qs required_providers "$dir"/*.tf || echo "$header" >"$dir/required_providers.tf"
	"$TF_CLI" -chdir="$dir" init -no-color -backend=false -input=false >"$dir/init.log" 2>&1 || { cat "$dir/init.log"; return 1; }
	"$TF_CLI" -chdir="$dir" validate -no-color >"$dir/validate.log" 2>&1 || { echo "$1 is not valid:"; cat "$dir/validate.log"; return 1; }
	if grep -q Warning "$dir/validate.log"; then cat "$dir/validate.log"; return 1; fi
	echo "valid: $1"
}

failed=0
while read -r dir; do
	if grep -qE '(resource|data) "aws_|hashicorp/aws' "$dir"/*.tf; then
		echo "not validated, it needs hashicorp/aws: $dir"
		continue
	fi
	validate "$dir" "$dir" || failed=1
done < <(find examples -name '*.tf' -not -path '*/.terraform/*' -exec dirname {} + | sort -u)

awk -v out="$work/readme" '
	/^```terraform$/ { n++; file = sprintf("%s/%02d.tf", out, n); inside = 1; next }
	/^```$/ { inside = 0 }
	inside { print > file }' README.md
for file in "$work"/readme/*.tf; do
	"$TF_CLI" fmt -check -diff "$file"
	if grep -qE '(resource|data) "aws_|hashicorp/aws' "$file"; then
		continue
	fi
	mkdir -p "$work/src/${file##*/}"
	cp "$file" "$work/src/${file##*/}/main.tf"
	validate "README.md, block ${file##*/}" "$work/src/${file##*/}" || failed=1
done
exit "$failed"
