#!/usr/bin/env bash
# Installs what OmniWriter needs on Debian 12 and says what it does. Nothing is done twice: where all is in place it
# takes well under a second.
#
#   tools/setup.sh            what a build needs
#   tools/setup.sh SET…       further sets:
#     test       real servers: Prometheus, Alertmanager, Pushgateway, node_exporter, InfluxDB, Elasticsearch (with a JRE);
#                a browser for the HTML report
#     typecheck  the TypeScript types that the Grafana dashboards are checked against
#     bench      the programs that the benchmarks compare with
#     tidy       clang-format and clang-tidy
#     fuzz       clang with libFuzzer
#
# What is not a Debian package lands in $OMNIWRITER_CACHE (default ~/.cache/omniwriter).
set -euo pipefail
cd "$(dirname "$0")/.."

readonly elasticsearch_version=8.6.2
readonly cache="${OMNIWRITER_CACHE:-$HOME/.cache/omniwriter}"

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

java_is_recent() {
  local version
  version=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p') && [ "${version:-0}" -ge 17 ]
}

packages_of() {
  case "$1" in
    build) echo g++ make cmake ninja-build ccache pkg-config libcurl4-openssl-dev libboost1.81-dev libfmt-dev \
                libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libsqlite3-dev libexpat1-dev zlib1g-dev \
                libzstd-dev liblzma-dev libbz2-dev libre2-dev libsnappy-dev libisal-dev librdkafka-dev libsimdjson-dev \
                libprotozero-dev libgtest-dev libgmock-dev libbenchmark-dev python3 python3-dev python3-yaml pybind11-dev \
                curl jq ;;
    test)
      echo prometheus prometheus-alertmanager prometheus-pushgateway prometheus-node-exporter influxdb influxdb-client unzip \
           chromium protobuf-compiler
      command -v java >/dev/null && java_is_recent || echo openjdk-17-jre-headless
      elasticsearch_is_there || command -v mvn >/dev/null || echo maven ;;
    typecheck) command -v npm >/dev/null || echo nodejs npm ;;
    bench) echo python3-venv ;;
    tidy) echo clang-format-19 clang-tidy-19 ;;
    fuzz) echo clang-19 libclang-rt-19-dev ;;
    *) die "unknown set '$1'; there are: build test typecheck bench tidy fuzz" ;;
  esac
}

install_packages() {
  local missing
  missing=$(comm -23 <(printf '%s\n' "$@" | sort -u) \
                     <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' |
                       sort -u))
  [ -n "$missing" ] || return 0
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  say "installing" $missing
  # Debian starts its daemons at once where there is an init system; the tests start their own.
  "${sudo[@]}" apt-get update -qq
  # shellcheck disable=SC2086 # one word a package
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $missing >/dev/null
}

elasticsearch_is_there() { [ -x "$cache/servers/elasticsearch-$elasticsearch_version/bin/elasticsearch" ]; }

install_elasticsearch() {
  elasticsearch_is_there && return 0
  say "fetching Elasticsearch $elasticsearch_version through Maven (82 MB)"
  mkdir -p "$cache/servers"
  local scratch
  scratch=$(mktemp -d "$cache/servers/.unpack.XXXXXX")
  trap 'rm -rf "$scratch"' RETURN
  mvn -q -B dependency:copy -DoutputDirectory="$scratch" -Dmdep.useBaseVersion=true \
    -Dartifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$elasticsearch_version:zip"
  unzip -q "$scratch/elasticsearch-$elasticsearch_version.zip" -d "$scratch"
  rm -rf "$cache/servers/elasticsearch-$elasticsearch_version"
  mv "$scratch/elasticsearch-$elasticsearch_version" "$cache/servers/"
}

install_dashboard_types() {
  local folder="$cache/typecheck"
  cmp -s tests/grafana/typecheck/package.json "$folder/package.json" && return 0
  say "installing the types of Grafana's dashboards into $folder"
  rm -rf "$folder"
  mkdir -p "$folder/.unpack"
  cp tests/grafana/typecheck/package.json "$folder/.unpack/"
  npm install --prefix "$folder/.unpack" --silent --no-audit --no-fund --ignore-scripts --no-package-lock
  mv "$folder/.unpack/node_modules" "$folder/"
  mv "$folder/.unpack/package.json" "$folder/"
  rm -rf "$folder/.unpack"
}

install_bench_peers() {
  local venv="$cache/bench-venv"
  cmp -s benchmarks/requirements.txt "$venv/requirements.txt" && return 0
  say "installing" $(grep -v '^#' benchmarks/requirements.txt) "into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement benchmarks/requirements.txt
  cp benchmarks/requirements.txt "$venv/requirements.txt"
}

command -v apt-get >/dev/null || die "needs Debian 12 or a system with its packages; see packages_of in $0 for their names"
packages=()
for set in build "$@"; do
  names=$(packages_of "$set")
  # shellcheck disable=SC2206 # one word a package
  packages+=($names)
done
install_packages "${packages[@]}"
for set in "$@"; do
  case "$set" in
    test) install_elasticsearch ;;
    typecheck) install_dashboard_types ;;
    bench) install_bench_peers ;;
  esac
done
