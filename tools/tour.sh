#!/usr/bin/env bash
# A first look: reads the bundled samples into a store of their own and writes their reports. Needs no server.
#   tools/tour.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
out=build/run
mkdir -p "$out"

for sample in examples/*.jtl examples/*.json.gz; do
  name=$(basename "$sample"); name=${name%%.*}
  printf '\n$ omniwriter ingest --no-outputs --store %s/runs.db --test-name %s %s\n' "$out" "$name" "$sample"
  "$program" ingest --no-outputs --store "$out/runs.db" --test-name "$name" "$sample"
  "$program" report --store "$out/runs.db" --format md -o "$out/$name.md" "$name" >/dev/null
  "$program" report --store "$out/runs.db" --format html -o "$out/$name.html" "$name" >/dev/null
  "$program" report --store "$out/runs.db" --format json -o "$out/$name.json" "$name" >/dev/null
done

cat <<END

Look at next:
  $out/*.md   the same as reports (--lang en for English); *.json for programs
  $program runs list --store $out/runs.db
  $program ingest --help   your own files; -o influxdb=URL and the like deliver them
and the same as pages with charts, to be opened in a browser:
END
ls "$out"/*.html | sed 's/^/  /'
