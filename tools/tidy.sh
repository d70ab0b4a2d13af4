#!/usr/bin/env bash
# clang-tidy; any warning fails.
#   tools/tidy.sh BUILD_FOLDER                the whole tree
#   tools/tidy.sh BUILD_FOLDER --since WHEN   the sources that changed since (as git reads it: '1 day ago'), those changed
#                                             last first, until OMNIWRITER_TIDY_SECONDS (300) are over; the rest is named
# BUILD_FOLDER holds the compile_commands.json. OMNIWRITER_TIDY_JOBS run at once (as many as there are processors).
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
jobs=${OMNIWRITER_TIDY_JOBS:-$(nproc)}
options=(-quiet -p "$build" -extra-arg=-Wno-unknown-warning-option
         -header-filter="^$PWD/(include|src|tests|benchmarks)/.*")

if [ "${2:-}" != --since ]; then
  exec run-clang-tidy-19 "${options[@]}" -j "$jobs" -warnings-as-errors='*' "$PWD/(src|tests|benchmarks)/.*"
fi

base=$(git rev-list -1 --before="$3" HEAD)
[ -n "$base" ] || base=$(git rev-list --max-parents=0 HEAD | tail -n 1)
left=$(mktemp)
trap 'rm -f "$left"' EXIT
check() {
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "$1" >>"$left"
  else
    clang-tidy-19 "${options[@]}" --warnings-as-errors='*' "$1"
  fi
}
# The newest commit that touched a file decides its place; a file that is gone has none.
git log --format= --name-only "$base"..HEAD -- 'src/*.cpp' 'tests/*.cpp' 'benchmarks/*.cpp' | awk '!seen[$0]++' |
  while read -r file; do [ ! -f "$file" ] || echo "$file"; done >"$left.all"
end=$(($(date +%s) + ${OMNIWRITER_TIDY_SECONDS:-300}))
export end left
export -f check
status=0
# Functions can be exported, arrays cannot.
declare -p options >"$left.options"
xargs -r -P "$jobs" -I{} bash -c 'source "$left.options"; check "$1"' - {} <"$left.all" || status=1
echo "tidy: looked at $(($(wc -l <"$left.all") - $(wc -l <"$left"))) of $(wc -l <"$left.all") sources changed since $3"
[ ! -s "$left" ] || { echo "tidy: no time for"; sed 's/^/  /' "$left"; }
rm -f "$left.all" "$left.options"
exit $status
