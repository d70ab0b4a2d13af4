#!/usr/bin/env bash
# Formats the C++ sources; with --check only tells which are not formatted, and fails if any is.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
find include src tests benchmarks fuzz python \( -name '*.h' -o -name '*.cpp' \) -print0 2>/dev/null |
  xargs -0 clang-format-19 "${mode[@]}"
