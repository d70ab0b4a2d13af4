#!/bin/sh
# Puts a report into a merge request of GitLab; what was said of the same test before is replaced.
#
#   gitlab-comment.sh FILE      FILE: of `omniwriter report RUN --format pr`
#
# Needs curl, jq, and in the environment GITLAB_TOKEN (a project access token with the scope api: the token of a job may
# not write comments), CI_API_V4_URL, CI_PROJECT_ID and CI_MERGE_REQUEST_IID.
set -eu

file=$1
marker=$(head -n 1 "$file")
notes=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes

# The token is read from stdin: every user of the machine can read a command line.
api() {
  printf 'header = "PRIVATE-TOKEN: %s"\n' "$GITLAB_TOKEN" |
    curl --silent --show-error --fail --config - "$@"
}

page=1
note=
while [ -z "$note" ]; do
  found=$(api "$notes?per_page=100&page=$page")
  note=$(printf '%s' "$found" | jq --arg marker "$marker" '[.[] | select(.body | startswith($marker))][0].id // empty')
  [ "$(printf '%s' "$found" | jq length)" -eq 100 ] || break
  page=$((page + 1))
done

if [ -n "$note" ]; then
  api --request PUT --data-urlencode "body@$file" "$notes/$note" > /dev/null
else
  api --request POST --data-urlencode "body@$file" "$notes" > /dev/null
fi
