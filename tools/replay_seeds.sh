#!/usr/bin/env bash
# Gives every fuzzer its seeds, once each, and where it has none a thousand inputs of its own; any failure fails.
#   tools/replay_seeds.sh BUILD_FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
replay() {
  local name=${1##*/fuzz_} inputs=(-runs=1000 -seed=1)
  [ ! -d "fuzz/seeds/$name" ] || inputs=(-runs=0 "fuzz/seeds/$name")
  "$1" "${inputs[@]}" >"$1.log" 2>&1 || { echo "== fuzz_$name"; tail -n 40 "$1.log"; return 1; }
}
export -f replay
fuzzers=$(find "$1" -maxdepth 1 -name 'fuzz_*' -type l)
[ -n "$fuzzers" ] || { echo "no fuzzer in $1" >&2; exit 1; }
xargs -P "$(nproc)" -I{} bash -c 'replay "$1"' - {} <<<"$fuzzers"
echo "replayed the seeds of $(wc -l <<<"$fuzzers") fuzzers"
