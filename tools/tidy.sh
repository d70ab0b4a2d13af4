#!/usr/bin/env bash
# clang-tidy over the whole tree; any warning fails.
#   tools/tidy.sh BUILD_FOLDER [JOBS] [FILE_REGEX…]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 jobs=${2:-$(nproc)}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- "$PWD/(src|tests|benchmarks)/.*"
exec run-clang-tidy-19 -quiet -p "$build" -j "$jobs" -warnings-as-errors='*' \
  -extra-arg=-Wno-unknown-warning-option \
  -header-filter="^$PWD/(include|src|tests|benchmarks)/.*" "$@"
