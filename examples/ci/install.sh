#!/bin/sh
# Builds OmniWriter into a folder that the CI keeps, unless it is there already.
#
#   install.sh FOLDER           the program is FOLDER/bin/omniwriter then
#
# OMNIWRITER_SOURCE   where its sources come from: a repository or a folder
# OMNIWRITER_VERSION  tag, branch or commit of it; default: main
set -eu

folder=$1
version=${OMNIWRITER_VERSION:-main}
if [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && [ -x "$folder/bin/omniwriter" ]; then
  exit 0
fi

sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
git clone --quiet "${OMNIWRITER_SOURCE:?name the repository of OmniWriter}" "$sources"
git -C "$sources" checkout --quiet "$version"
make -C "$sources" build
mkdir -p "$folder/bin"
cp "$sources/build/release/omniwriter" "$folder/bin/omniwriter"
printf '%s\n' "$version" > "$folder/version"
