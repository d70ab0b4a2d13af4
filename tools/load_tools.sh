#!/usr/bin/env bash
# Installs load tools, from the package registries their makers publish to, for `make test-tools`. What is there in the
# version named here is not fetched again.
#
#   tools/load_tools.sh           what the tests start, and the nginx they are sent to
#   tools/load_tools.sh TOOL…     some: nginx hey wrk vegeta k6 jmeter locust autocannon gatling artillery
#                                 ab siege h2load bombardier fortio taurus oha
#
# They land in $OMNIWRITER_CACHE/tools (default ~/.cache/omniwriter/tools); programs are linked from its bin/.
set -euo pipefail

readonly folder="${OMNIWRITER_CACHE:-$HOME/.cache/omniwriter}/tools"
readonly tested=(nginx hey wrk vegeta k6 jmeter locust autocannon gatling artillery)
readonly others=(ab siege h2load bombardier fortio taurus oha)

say() { printf 'load tools: %s\n' "$*"; }
die() { printf 'load tools: %s\n' "$*" >&2; exit 1; }

version_of() {
  case "$1" in
    k6) echo v1.8.1 ;;
    vegeta) echo v12.13.0 ;;
    bombardier) echo v1.2.6 ;;
    fortio) echo v1.66.5 ;;
    jmeter) echo 5.6.3 ;;
    gatling) echo 3.14.9 ;;
    locust) echo 2.47.0 ;;
    taurus) echo 1.17.2 ;;
    artillery) echo 2.0.21 ;;
    autocannon) echo 9.0.0 ;;
    oha) echo 1.16.0 ;;
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

go_program() {  # TOOL MODULE
  install_debian go golang-go
  GOBIN="$folder/$1" go install "$2@$(version_of "$1")"
  ln -sf "../$1/$1" "$folder/bin/$1"
}

python_program() {  # TOOL PACKAGE PROGRAM
  python3 -m venv "$folder/$1"
  "$folder/$1/bin/pip" install --quiet "$2==$(version_of "$1")"
  ln -sf "../$1/bin/$3" "$folder/bin/$3"
}

node_program() {
  install_debian npm npm
  npm install --prefix "$folder/$1" --silent --no-audit --no-fund --ignore-scripts "$1@$(version_of "$1")"
  ln -sf "../$1/node_modules/.bin/$1" "$folder/bin/$1"
}

maven_libraries() {  # TOOL GROUP ARTIFACT…: all with what they need, into TOOL/lib
  install_debian mvn maven javac openjdk-17-jdk-headless
  local tool=$1 group=$2 artifact
  shift 2
  mkdir -p "$folder/$tool"
  {
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>omniwriter</groupId><artifactId>load-tools</artifactId>'
    echo '<version>1</version><dependencies>'
    for artifact; do
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId>" \
           "<version>$(version_of "$tool")</version></dependency>"
    done
    echo '</dependencies></project>'
  } > "$folder/$tool/pom.xml"
  mvn -q -B -f "$folder/$tool/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/$tool/lib"
}

# JMeter's own archive is in no registry, but all it is made of is: lib/, lib/ext/ and, packed in a jar, bin/.
install_jmeter() {
  local home="$folder/jmeter" config
  maven_libraries jmeter org.apache.jmeter ApacheJMeter ApacheJMeter_core ApacheJMeter_components \
    ApacheJMeter_functions ApacheJMeter_http ApacheJMeter_java ApacheJMeter_config
  mkdir -p "$home/lib/ext" "$home/lib/junit"
  config=$(echo "$home"/lib/ApacheJMeter_config-*.jar)
  python3 -m zipfile -e "$config" "$home/unpacked"
  mv "$home/unpacked/bin" "$home/bin"
  rm -rf "$home/unpacked" "$config"
  mv "$home"/lib/ApacheJMeter-*.jar "$home/bin/ApacheJMeter.jar"
  mv "$home"/lib/ApacheJMeter_*.jar "$home/lib/ext/"
  printf '#!/bin/sh\nexec java ${JVM_ARGS:--Xmx512m} -jar "%s/bin/ApacheJMeter.jar" "$@"\n' "$home" > "$folder/bin/jmeter"
  chmod +x "$folder/bin/jmeter"
}

install_gatling() {
  local home="$folder/gatling"
  maven_libraries gatling io.gatling.highcharts gatling-charts-highcharts
  cat > "$folder/bin/gatling" <<EOT
#!/bin/sh
exec java -Xmx512m --add-opens=java.base/java.lang=ALL-UNNAMED \\
  -cp "$home/lib/*:\${GATLING_CLASSES:-.}" io.gatling.app.Gatling "\$@"
EOT
  chmod +x "$folder/bin/gatling"
}

install_oha() {
  command -v cargo >/dev/null || die "oha needs cargo"
  cargo install --quiet --locked --root "$folder/oha" oha --version "$(version_of oha)"
  ln -sf ../oha/bin/oha "$folder/bin/oha"
}

install() {
  case "$1" in
    hey | wrk | siege) install_debian "$1" "$1" ;;
    nginx) PATH="$PATH:/usr/sbin" install_debian nginx nginx-light ;;
    ab) install_debian ab apache2-utils ;;
    h2load) install_debian h2load nghttp2-client ;;
    k6) go_program k6 go.k6.io/k6 ;;
    vegeta) go_program vegeta github.com/tsenart/vegeta/v12 ;;
    bombardier) go_program bombardier github.com/codesenberg/bombardier ;;
    fortio) go_program fortio fortio.org/fortio ;;
    locust) python_program locust locust locust ;;
    taurus) python_program taurus bzt bzt ;;
    artillery | autocannon) node_program "$1" ;;
    jmeter | gatling | oha) "install_$1" ;;
    *) die "unknown tool '$1'; there are: ${tested[*]} ${others[*]}" ;;
  esac
}

mkdir -p "$folder/bin"
[ $# -gt 0 ] || set -- "${tested[@]}"
for tool; do
  version=$(version_of "$tool")
  if [ -n "$version" ]; then
    [ "$(cat "$folder/$tool/.installed" 2>/dev/null)" != "$version" ] || continue
    say "installing $tool $version"
    rm -rf "${folder:?}/$tool"
    mkdir -p "$folder/$tool"
  fi
  install "$tool"
  [ -z "$version" ] || echo "$version" > "$folder/$tool/.installed"
done
