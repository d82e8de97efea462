#!/usr/bin/env bash
# Builds what a release consists of, without publishing it, and takes it as a
# user would: checks the release's configuration; makes the archives, bills of
# materials, checksums and their signature (with a key made here) of two
# versions; verifies them; installs one through a filesystem mirror by a
# version constraint, releases with it, and upgrades to the next.
#
# PLATFORMS=all builds for every platform, else this machine's alone.
set -euo pipefail
cd "$(dirname "$0")/.."
goreleaser check --quiet
work=$PWD/.build/snapshot
rm -rf "$work"
mkdir -p "$work"
config=$PWD/.goreleaser.yml
if [ "${PLATFORMS:-}" != all ]; then
	config=$work/goreleaser.yml
	sed -E "s/^( +)goos: .*/\1goos: [$(go env GOOS)]/; s/^( +)goarch: \[.*/\1goarch: [$(go env GOARCH)]/" .goreleaser.yml >"$config"
fi

# A socket of the key's agent needs a short path.
keys=$(mktemp -d /tmp/keys.XXXXXX)
trap 'gpgconf --homedir "$keys" --kill all 2>/dev/null || true; rm -rf "$keys"' EXIT
export GNUPGHOME=$keys
gpg --batch --quiet --passphrase '' --quick-generate-key 'snapshot <snapshot@localhost>' ed25519 sign never
GPG_FINGERPRINT=$(gpg --batch --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')
export GPG_FINGERPRINT

for version in 0.1.0 0.2.0; do
	SNAPSHOT_VERSION=$version goreleaser release --config "$config" --snapshot --clean
	mv dist "$work/$version"
	(
		cd "$work/$version"
		sums=terraform-provider-awsdeploy_${version}_SHA256SUMS
		gpg --batch --quiet --verify "$sums.sig" "$sums"
		# What the registry reads is uploaded from where it is, under this name.
		cp ../../../terraform-registry-manifest.json "terraform-provider-awsdeploy_${version}_manifest.json"
		grep -q "terraform-provider-awsdeploy_${version}_manifest.json" "$sums"
		sha256sum --quiet --check "$sums"
		for archive in *.zip; do
			grep -q "$archive" "$sums"
			unzip -Z1 "$archive" | grep "^terraform-provider-awsdeploy_v$version" >/dev/null
			grep -q '"bomFormat": "CycloneDX"' "${archive%.zip}.cdx.json"
			grep -q 'pkg:golang/github.com/hashicorp/terraform-plugin-framework@' "${archive%.zip}.cdx.json"
		done
	)
done
ls -l "$work"/0.2.0/*.zip "$work"/0.2.0/*.cdx.json
AWSDEPLOY_SNAPSHOTS=$work go test -count=1 -v -run '^TestUpgrade$' ./internal/storytest
