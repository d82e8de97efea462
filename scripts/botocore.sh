#!/usr/bin/env bash
# Prints the directory of API models in the Python that runs the AWS CLI of the
# directory given.
set -euo pipefail
python=$1/python3
[ -x "$python" ] || python=python3
"$python" -c 'import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), "data"))'
