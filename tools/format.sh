#!/usr/bin/env bash
# Formats the C++ sources; with --check only tells which are not formatted, and fails if any is.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
find . \( -name .git -o -name build \) -prune -o \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 clang-format-19 "${mode[@]}"
