#!/bin/sh
# Runs a load test, holds it against criteria and a baseline, and writes the reports that CI systems show. Ends with the
# exit code of the test: 0 all is well, 99 a criterion failed, 98 worse than the baseline.
#
#   load-test.sh COMMAND...     starts a load tool: load-test.sh k6 run checkout.js
#   load-test.sh                reads the results of one that has run already: $RESULTS
#
# Settings, in the environment:
#   TEST_NAME     name of the test; runs of one name are one history
#   RESULTS       result files, separated by spaces, where there is no command
#   CRITERIA      file of criteria, as in omniwriter.yaml; default: criteria.yaml where it is there
#   BASELINE      what to compare with; default: the last runs of the branch main
#   HISTORY       folder of the earlier runs, kept from one build to the next; default: .omniwriter
#   REPORTS       folder for the reports; default: reports
#   OMNIWRITER    the program; default: omniwriter
set -u

omniwriter=${OMNIWRITER:-omniwriter}
history=${HISTORY:-.omniwriter}
reports=${REPORTS:-reports}
baseline=${BASELINE:-tag:branch=main}
criteria=${CRITERIA:-criteria.yaml}
test_name=${TEST_NAME:?name the test}

# Where this build comes from, as each CI system tells it.
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  branch=${GITHUB_HEAD_REF:-$GITHUB_REF_NAME}
  commit=$GITHUB_SHA
  build=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
  id=gh-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT
elif [ -n "${GITLAB_CI:-}" ]; then
  branch=$CI_COMMIT_REF_NAME
  commit=$CI_COMMIT_SHA
  build=$CI_JOB_URL
  id=gl-$CI_JOB_ID
elif [ -n "${JENKINS_URL:-}" ]; then
  branch=${CHANGE_BRANCH:-${BRANCH_NAME:-}}
  commit=${GIT_COMMIT:-}
  build=$BUILD_URL
  id=$(printf 'jenkins-%s' "$BUILD_TAG" | tr -c 'A-Za-z0-9._-' '-')
else
  branch=$(git rev-parse --abbrev-ref HEAD 2>/dev/null)
  commit=$(git rev-parse HEAD 2>/dev/null)
  build=
  id=local-$(date +%s)
fi
run_id=$test_name-$id

mkdir -p "$reports" || exit 1
store=$(mktemp -d) || exit 1
trap 'rm -rf "$store"' EXIT
OMNIWRITER_STORE=$store/runs.db
export OMNIWRITER_STORE

if [ $# -gt 0 ]; then
  tool=1
else
  tool=
  # shellcheck disable=SC2086  # several files
  set -- ${RESULTS:?name the result files, or a command}
fi

# What `run` and `ingest` have in common stands before what is run or read.
if [ -n "$tool" ]; then set -- -- "$@"; fi
if [ -f "$criteria" ]; then set -- --criteria "$criteria" "$@"; fi
if [ -n "$build" ]; then set -- --tag "ci_url=$build" "$@"; fi
set -- --test-name "$test_name" --run-id "$run_id" --tag "branch=$branch" --tag "commit=$commit" \
  --baseline "$baseline" --history "$history" "$@"
if [ -n "$tool" ]; then set -- run "$@"; else set -- ingest "$@"; fi

"$omniwriter" "$@"
status=$?

# Without a run, there is nothing to report; the exit code tells it.
if "$omniwriter" runs show "$run_id" --json > "$reports/run.json"; then
  "$omniwriter" report "$run_id" --format junit -o "$reports/junit.xml"
  "$omniwriter" report "$run_id" --format pr -o "$reports/pull-request.md"
  "$omniwriter" report "$run_id" --format gitlab -o "$reports/load-performance.json"
  "$omniwriter" report "$run_id" --format html -o "$reports/report.html"
fi
exit $status
