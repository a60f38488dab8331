#!/usr/bin/env bash
# Packages: onnxruntime 1.31.1.
# Expected: ONNX Runtime's Python package keeps nothing about the machine, as before 1.29 on Linux; and
#   where it does, `disable_telemetry_events()`, which its API has for that, stops it.
# Seen: `import onnxruntime` alone gives the machine an identifier and a store of events to be sent,
#   below ~/.cache/Microsoft. The call comes too late for both. ORT_DISABLE_TELEMETRY=1 in the
#   environment, set before the import, prevents them. On machines that read films of patients, this
#   has to be known.
# In pneumoscope: src/pneumoscope/__init__.py sets the variable, unless it is set already.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  onnxruntime==1.31.1 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

# What a program leaves in a home of its own.
left() {
  local home="$folder/home-$1"
  mkdir "$home"
  env -u ORT_DISABLE_TELEMETRY -u XDG_CACHE_HOME HOME="$home" "${@:3}" \
    "$folder/venv/bin/python" -c "$2"
  (cd "$home" && find . -type f | sort)
}

by_default=$(left default "import onnxruntime")
after_call=$(left call "import onnxruntime; onnxruntime.disable_telemetry_events()")
with_variable=$(left variable "import onnxruntime" ORT_DISABLE_TELEMETRY=1)

echo "after the import:               " $by_default
echo "after disable_telemetry_events():" $after_call
echo "with ORT_DISABLE_TELEMETRY=1:   " ${with_variable:-nothing}

if [[ "$by_default" == *deviceid* && "$after_call" == *deviceid* && -z "$with_variable" ]]; then
  exit 0
fi
echo "onnxruntime 1.31.1 was seen to leave a deviceid in the first two cases, and nothing in the third."
exit 1
