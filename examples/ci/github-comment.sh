#!/bin/sh
# Puts a report into a pull request of GitHub; what was said of the same test before is replaced.
#
#   github-comment.sh FILE      FILE: of `omniwriter report RUN --format pr`
#
# Needs curl, jq, and in the environment GITHUB_TOKEN (permission pull-requests: write), PULL_REQUEST (its number),
# GITHUB_REPOSITORY and GITHUB_API_URL.
set -eu

file=$1
marker=$(head -n 1 "$file")
issues=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues

# The token is read from stdin: every user of the machine can read a command line.
api() {
  printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN" |
    curl --silent --show-error --fail --config - --header 'Accept: application/vnd.github+json' "$@"
}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
jq --raw-input --slurp '{body: .}' < "$file" > "$body"

page=1
comment=
while [ -z "$comment" ]; do
  found=$(api "$issues/$PULL_REQUEST/comments?per_page=100&page=$page")
  comment=$(printf '%s' "$found" | jq --arg marker "$marker" '[.[] | select(.body | startswith($marker))][0].id // empty')
  [ "$(printf '%s' "$found" | jq length)" -eq 100 ] || break
  page=$((page + 1))
done

if [ -n "$comment" ]; then
  api --request PATCH --data "@$body" "$issues/comments/$comment" > /dev/null
else
  api --request POST --data "@$body" "$issues/$PULL_REQUEST/comments" > /dev/null
fi
