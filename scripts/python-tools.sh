#!/usr/bin/env bash
# Prints the directory that holds a working "aws" or "moto_server" (the
# argument says which): from PATH, from a pyenv version, else from a virtual
# environment made here. With --if-present nothing is made, and without the
# tool the answer is an empty directory.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$1
home=$PWD/.build/python
works() { [ -x "$1" ] && "$1" --version >/dev/null 2>&1 || "$1" --help >/dev/null 2>&1; }

candidates() {
	command -v "$tool" || true
	ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"$tool" 2>/dev/null || true
	echo "$home/bin/$tool"
}
find_tool() {
	local path
	while read -r path; do
		if works "$path"; then
			dirname "$path"
			return
		fi
	done < <(candidates)
	return 1
}

if find_tool; then
	exit
fi
if [ "${2:-}" = --if-present ]; then
	mkdir -p .build/none
	echo "$PWD/.build/none"
	exit
fi
{
	echo "installing moto and the AWS CLI into .build/python"
	rm -rf "$home"
	python3 -m venv "$home"
	"$home/bin/pip" install --quiet --disable-pip-version-check -r scripts/requirements.txt
} >&2
find_tool
