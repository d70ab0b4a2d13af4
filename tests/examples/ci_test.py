#!/usr/bin/env python3
"""The examples for CI systems, in environments like theirs. Needs OMNIWRITER_PROGRAM."""

import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import yaml

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
ROOT = pathlib.Path(__file__).parents[2]
CI = ROOT / "examples" / "ci"
RESULTS = ROOT / "examples" / "jmeter-shop.jtl"
SECRET = "s3cret-token"
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "faster", "GITHUB_SHA": "abc123",
          "GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "shop/web", "GITHUB_RUN_ID": "42",
          "GITHUB_RUN_ATTEMPT": "1"}
GITLAB = {"GITLAB_CI": "true", "CI_COMMIT_REF_NAME": "faster", "CI_COMMIT_SHA": "abc123",
          "CI_JOB_URL": "https://gitlab.example/shop/web/-/jobs/43", "CI_JOB_ID": "43"}
JENKINS = {"JENKINS_URL": "https://jenkins.example/", "BRANCH_NAME": "PR-7", "CHANGE_BRANCH": "faster",
           "GIT_COMMIT": "abc123", "BUILD_URL": "https://jenkins.example/job/shop/44/", "BUILD_TAG": "jenkins-shop/web-44"}


class Comments(http.server.BaseHTTPRequestHandler):
    """Comments of one pull request, as GitHub and GitLab keep them."""

    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def allowed(self):
        self.server.paths.append(self.path)
        known = self.headers.get("Authorization") == f"Bearer {SECRET}" or self.headers.get("PRIVATE-TOKEN") == SECRET
        if not known:
            self.answer({"message": "Unauthorized"}, 401)
        return known

    def text(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        return json.loads(body)["body"] if body.startswith("{") else urllib.parse.parse_qs(body)["body"][0]

    def do_GET(self):
        if self.allowed():
            page = int(re.search(r"[?&]page=(\d+)", self.path).group(1))
            self.answer(self.server.comments[100 * (page - 1):100 * page])

    def do_POST(self):
        if self.allowed():
            self.server.comments.append({"id": len(self.server.comments) + 1, "body": self.text()})
            self.answer({}, 201)

    def change(self):
        if self.allowed():
            self.server.comments[int(self.path.rsplit("/", 1)[1]) - 1]["body"] = self.text()
            self.answer({})

    do_PATCH = do_PUT = change

    def log_message(self, *_):
        pass


class Workspace(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="omniwriter_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_script(self, script, *arguments, **environment):
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "OMNIWRITER_LANG": "en",
                 "OMNIWRITER": PROGRAM, "TEST_NAME": "shop"}
        return subprocess.run([CI / script, *map(str, arguments)], cwd=self.folder, env=clean | environment,
                              capture_output=True, text=True, timeout=120)

    def json_of(self, name):
        return json.loads((self.folder / "reports" / name).read_text())


class LoadTest(Workspace):
    def test_each_system_is_told_where_the_run_comes_from(self):
        for environment, url, run_id in [
                (GITHUB, "https://github.example/shop/web/actions/runs/42", "shop-gh-42-1"),
                (GITLAB, "https://gitlab.example/shop/web/-/jobs/43", "shop-gl-43"),
                (JENKINS, "https://jenkins.example/job/shop/44/", "shop-jenkins-jenkins-shop-web-44")]:
            done = self.run_script("load-test.sh", RESULTS=str(RESULTS), **environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            run = self.json_of("run.json")
            self.assertEqual(run["run_id"], run_id)
            self.assertEqual(run["tags"], {"branch": "faster", "commit": "abc123", "ci_url": url})

    def test_writes_what_each_system_reads(self):
        done = self.run_script("load-test.sh", RESULTS=str(RESULTS), **GITLAB)
        self.assertEqual(done.returncode, 0, done.stderr)
        suite = ElementTree.parse(self.folder / "reports" / "junit.xml").getroot()
        self.assertEqual(suite.tag, "testsuites")
        self.assertIn("http_req_waiting", self.json_of("load-performance.json")["metrics"])
        self.assertTrue((self.folder / "reports" / "pull-request.md").read_text().startswith("<!-- omniwriter: shop -->"))
        self.assertIn("<html", (self.folder / "reports" / "report.html").read_text())

    def test_a_criterion_that_is_not_met_fails_the_build(self):
        (self.folder / "criteria.yaml").write_text("criteria:\n  - p95<1ns\n")
        done = self.run_script("load-test.sh", RESULTS=str(RESULTS), **GITHUB)
        self.assertEqual(done.returncode, 99, done.stderr)
        self.assertIn("::error title=shop%3A p95<1ns::", done.stdout)
        suite = ElementTree.parse(self.folder / "reports" / "junit.xml").getroot()
        self.assertEqual(suite.get("failures"), "1")
        self.assertIn("FAILED", (self.folder / "reports" / "pull-request.md").read_text())

    def test_the_example_criteria_can_be_read(self):
        shutil.copy(CI / "criteria.yaml", self.folder)
        self.assertIn(self.run_script("load-test.sh", RESULTS=str(RESULTS), **GITHUB).returncode, (0, 99))
        self.assertEqual(len(self.json_of("run.json")["criteria"]), 2)

    def test_the_history_is_what_the_next_build_compares_with(self):
        main = GITHUB | {"GITHUB_HEAD_REF": "", "GITHUB_REF_NAME": "main"}
        for build in range(2):
            done = self.run_script("load-test.sh", RESULTS=str(RESULTS), **main | {"GITHUB_RUN_ID": str(build)})
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_script("load-test.sh", RESULTS=str(RESULTS), **GITHUB).returncode, 0)
        self.assertEqual(sorted(self.json_of("run.json")["comparison"]["base"]), ["shop-gh-0-1", "shop-gh-1-1"])
        self.assertEqual(len(list((self.folder / ".omniwriter").iterdir())), 3)

    def test_the_summary_of_the_step(self):
        summary = self.folder / "summary.md"
        done = self.run_script("load-test.sh", RESULTS=str(RESULTS), GITHUB_STEP_SUMMARY=str(summary), **GITHUB)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(summary.read_text().startswith("<!-- omniwriter: shop -->"))

    def test_results_that_cannot_be_read_fail_the_build(self):
        (self.folder / "none.jtl").write_text("nothing of use\n")
        self.assertEqual(self.run_script("load-test.sh", RESULTS="none.jtl", **GITHUB).returncode, 3)


class Comment(Workspace):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Comments)
        self.server.comments, self.server.paths = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def post(self, script, text, token=SECRET):
        (self.folder / "pr.md").write_text(text)
        return self.run_script(
            script, "pr.md", GITHUB_TOKEN=token, GITHUB_API_URL=self.url, GITHUB_REPOSITORY="shop/web", PULL_REQUEST="7",
            GITLAB_TOKEN=token, CI_API_V4_URL=self.url, CI_PROJECT_ID="5", CI_MERGE_REQUEST_IID="7")

    def bodies(self):
        return [comment["body"] for comment in self.server.comments]

    def test_what_was_said_before_is_replaced(self):
        for script, path in [("github-comment.sh", "/repos/shop/web/issues/7/comments"),
                             ("gitlab-comment.sh", "/projects/5/merge_requests/7/notes")]:
            self.server.comments[:] = [{"id": i + 1, "body": "by people"} for i in range(120)]
            first = '<!-- omniwriter: shop -->\n### "p95" & 100% of it: ❌\n'
            other = "<!-- omniwriter: other -->\n"
            for text in (first, other, first + "again\n"):
                done = self.post(script, text)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.bodies()[120:], [first + "again\n", other])
            self.assertIn(path, self.server.paths[-1].split("?")[0] + self.server.paths[0])

    def test_a_refusal_is_told_without_the_token(self):
        for script in ("github-comment.sh", "gitlab-comment.sh"):
            done = self.post(script, "text\n", token="wr0ng")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("401", done.stderr)
            self.assertNotIn("wr0ng", done.stderr + done.stdout)


class Install(Workspace):
    def test_builds_once(self):
        source = self.folder / "source"
        source.mkdir()
        (source / "Makefile").write_text("build:\n\tmkdir -p build/release\n\techo '#!/bin/sh' > build/release/omniwriter\n"
                                         "\tchmod +x build/release/omniwriter\n")
        for command in (["init", "-q", "-b", "main"], ["add", "."],
                        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "first"]):
            subprocess.run(["git", *command], cwd=source, check=True)
        for expected in (True, False):
            done = self.run_script("install.sh", ".tools", OMNIWRITER_SOURCE=str(source))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("mkdir" in done.stdout, expected)
        self.assertTrue(os.access(self.folder / ".tools" / "bin" / "omniwriter", os.X_OK))


class Files(unittest.TestCase):
    def commands(self, node):
        if isinstance(node, dict):
            for value in node.values():
                yield from self.commands(value)
        elif isinstance(node, list):
            for value in node:
                yield from self.commands(value)
        elif isinstance(node, str):
            yield node

    def test_yaml_is_yaml_and_calls_scripts_that_are_there(self):
        called = set()
        for name in ("github-actions.yml", "gitlab-ci.yml", "criteria.yaml"):
            for text in self.commands(yaml.safe_load((CI / name).read_text())):
                called.update(re.findall(r"examples/ci/[\w.-]+", text))
        called.update(re.findall(r"examples/ci/[\w.-]+", (CI / "Jenkinsfile").read_text()))
        self.assertEqual({pathlib.Path(one).name for one in called}, {path.name for path in CI.glob("*.sh")})
        for one in called:
            self.assertTrue(os.access(ROOT / one, os.X_OK), one)

    def test_the_workflow_gates_and_reports_whatever_the_verdict(self):
        steps = yaml.safe_load((CI / "github-actions.yml").read_text())["jobs"]["load-test"]["steps"]
        names = [step.get("name") for step in steps]
        for step in steps[names.index("Load test") + 1:]:
            self.assertIn("!cancelled()", step["if"], step)
        self.assertNotIn("continue-on-error", steps[names.index("Load test")])
        job = yaml.safe_load((CI / "gitlab-ci.yml").read_text())["load-test"]
        self.assertEqual(job["artifacts"]["when"], "always")
        self.assertEqual(set(job["artifacts"]["reports"]), {"junit", "load_performance"})

    def test_scripts_are_plain_shell(self):
        for script in CI.glob("*.sh"):
            subprocess.run(["dash", "-n", script], check=True)


if __name__ == "__main__":
    unittest.main()
