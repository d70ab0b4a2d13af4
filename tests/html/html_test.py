"""Opens the HTML reports of genuine and hostile results in a browser.

Needs OMNIWRITER_PROGRAM, and Chromium, which `tools/setup.sh test` installs."""

import contextlib
import csv
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest
import zlib

from browser import Browser

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
LANGUAGES = {"pt-BR": "Relatório de teste de carga", "en": "Load test report"}
TIMED = ("requests", "percentiles", "users", "errors", "statuses", "heatmap")  # charts over time
CHARTS = (*TIMED, "bars", "curve", "against-throughput")
# What Jenkins serves reports with.
JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
HOSTILE_NAME = "</title><script>window.broken=5</script>"
HOSTILE = ["</script><script>window.broken = 1</script>", "<img src=x onerror='window.broken = 2'>",
           "\"><svg onload=window.broken=3>", "{{data}}", "<!--", "javascript:window.broken=4", "&lt;b&gt;",
           "http://127.0.0.1:1/x.png"]

# How many pixels of a chart are in color: axes, grid and texts are gray.
COLORED = """(() => {
  const canvas = document.querySelector('#ID .u-wrap canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let colored = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const [red, green, blue] = pixels.slice(i, i + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 40 && pixels[i + 3] > 25) ++colored;
  }
  return colored;
})()"""


class HtmlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="omniwriter-html-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.browser = cls.enterClassContext(Browser())
        cls.ingest("jmeter", EXAMPLES / "jmeter-shop.jtl")
        cls.ingest("k6", EXAMPLES / "k6-shop.json.gz")
        cls.ingest(HOSTILE_NAME, cls.hostile_results())

    @classmethod
    def hostile_results(cls):
        """Every name is an attack: of endpoints, of errors, of the file."""
        path = cls.folder / "<b>results.jtl"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["timeStamp", "elapsed", "label", "responseCode", "success", "allThreads"])
            for i in range(400):
                name = HOSTILE[i % len(HOSTILE)]
                failed = i % 3 == 0
                rows.writerow([1795447776000 + i * 100, 10 + i % 50, name, name if failed else "200",
                               "false" if failed else "true", 3])
        return path

    @classmethod
    def run_program(cls, *arguments):
        return subprocess.run([PROGRAM, *map(str, arguments), "--store", str(cls.folder / "runs.db")], cwd=cls.folder,
                              capture_output=True, timeout=120, check=True, text=True,
                              env={"PATH": os.environ["PATH"]}).stdout

    @classmethod
    def ingest(cls, name, file):
        cls.run_program("ingest", "--no-outputs", "--test-name", name, "--tag", "note=<i>", file)

    def page(self, name, language="pt-BR"):
        path = self.folder / f"page-{language}.html"
        self.run_program("report", name, "--format", "html", "--lang", language, "-o", path)
        return path

    def open(self, name, language="pt-BR", **how):
        path = self.page(name, language)
        self.browser.open(path, **how)
        return path

    def assert_in_order(self, path):
        """No complaint, nothing asked for but the page, and every chart drawn."""
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual(self.browser.requests(), [path.as_uri()])
        charts = self.charts()
        self.assertLessEqual(set(CHARTS), set(charts))
        for chart in charts:
            self.assertGreater(self.colored(chart), 250, f"{chart} is blank")

    def charts(self):
        return self.browser.evaluate("[...document.querySelectorAll('figure:not([hidden]) .chart')].map((one) => one.id)")

    def colored(self, chart):
        return self.browser.evaluate(COLORED.replace("ID", chart))

    def texts(self, selector):
        return self.browser.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.textContent)")

    def test_genuine_results_in_both_languages_and_themes(self):
        for name in ("jmeter", "k6"):
            for language, title in LANGUAGES.items():
                grounds = set()
                for dark in (False, True):
                    with self.subTest(name=name, language=language, dark=dark):
                        path = self.open(name, language, dark=dark)
                        self.assert_in_order(path)
                        self.assertEqual(self.browser.evaluate("document.documentElement.lang"), language)
                        self.assertEqual(self.browser.evaluate("document.title"), f"{name} · {title}")
                        self.assertEqual(self.texts("h1"), [name])
                        self.assertEqual(len(self.texts("#endpoints tbody tr")), 8)
                        self.assertGreater(len(self.texts("#recommendations li")), 2)
                        grounds.add(self.browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                self.assertEqual(len(grounds), 2, "light and dark look the same")

    def test_hostile_names_show_as_they_are(self):
        for language in LANGUAGES:
            path = self.open(HOSTILE_NAME, language)
            self.assert_in_order(path)
            self.assertIsNone(self.browser.evaluate("window.broken ?? null"), "a name ran as a script")
            self.assertEqual(sorted(self.texts("#endpoints tbody th")), sorted(HOSTILE))
            self.assertEqual(self.texts("h1"), [HOSTILE_NAME])
            self.assertTrue(self.browser.evaluate("document.title").startswith(HOSTILE_NAME))
            self.assertEqual(self.browser.evaluate("document.querySelectorAll('img, svg:not(.bar, #theme svg, .satisfaction svg)').length"), 0)
            self.assertEqual(self.browser.evaluate("document.querySelectorAll('script').length"), 3)
            self.assertIn("note=<i>", self.texts(".tags li"))

    def test_phases_checks_metrics_and_messages_of_k6(self):
        told = json.loads(self.run_program("report", "k6", "--format", "json"))
        for dark in (False, True):
            path = self.open("k6", "en", dark=dark)
            self.assert_in_order(path)
            self.assertEqual(self.texts("#phases .where"), ["mostly the server"])
            self.assertEqual(told["time_goes_to"], "server")
            names = {"blocked": "blocked", "connect": "connect", "tls": "TLS", "sending": "sending", "waiting": "waiting",
                     "receiving": "receiving"}
            self.assertEqual([phase["phase"] for phase in told["phases"]], list(names))
            self.assertEqual([text.strip() for text in self.texts("#phases table:first-of-type tbody th")][:6],
                             list(names.values()))
            # Each part of the bar is as long as its share, whatever its color.
            shares = {phase["phase"]: phase["share"] for phase in told["phases"]}
            drawn = self.browser.evaluate("""(() => {
              const bar = document.querySelector('#phases > .phases'), all = bar.getBoundingClientRect().width;
              return [...bar.children].map((part) => [part.classList[0], part.getBoundingClientRect().width / all,
                                                      getComputedStyle(part).fill]);
            })()""")
            for phase, share, _ in drawn:
                self.assertAlmostEqual(share, shares[phase], delta=0.002, msg=phase)
            self.assertEqual(len({fill for _, _, fill in drawn}), len(drawn))
        self.assertEqual(self.texts("#checks tbody tr"),
                         [f"{check['name']}{check['passed']:,}{check['failed']}{self.percent(check['rate'])}"
                          for check in told["checks"]])
        self.assertEqual(sorted(self.texts("#metrics tbody th")), [metric["name"] for metric in told["metrics"]])
        shapes = self.browser.evaluate(
            "[...document.querySelectorAll('.shape path')].map((one) => one.getBoundingClientRect().height)")
        self.assertGreaterEqual(len(shapes), 2)
        self.assertGreater(min(shapes), 15)
        self.assertEqual(sorted(self.texts("#messages tbody tr:not(:first-child) td:first-child")),
                         sorted(message["message"] for message in told["error_messages"]))
        for width in (360, 768):
            self.assert_in_order(self.open("k6", width=width))
            self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)

    @staticmethod
    def percent(ratio):
        percent = ratio * 100
        return f"{percent:.0f}%" if ratio in (0, 1) else f"{percent:.{2 if percent < 9.995 else 1}f}%"

    def test_hostile_checks_metrics_and_messages_show_as_they_are(self):
        file = self.folder / "hostile.json"
        with file.open("w", encoding="utf-8") as out:
            for i in range(200):
                name = HOSTILE[i % len(HOSTILE)]
                request = {"name": name, "method": "GET", "status": "0", "error": name, "error_code": "1000"}
                for metric, value, tags in [("http_req_duration", 12, request), ("http_req_waiting", 10, request),
                                            ("http_req_receiving", 1, request), ("checks", i % 2, {"check": name}),
                                            (name, i, {})]:
                    time = f"2026-11-23T15:29:{36 + i // 20}.590Z"
                    out.write(json.dumps({"metric": metric, "type": "Point",
                                          "data": {"time": time, "value": value, "tags": tags}}) + "\n")
        self.ingest("hostile", file)
        path = self.open("hostile")
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual(self.browser.requests(), [path.as_uri()])
        self.assertIsNone(self.browser.evaluate("window.broken ?? null"), "a name ran as a script")
        for where in ("#checks", "#metrics"):
            self.assertEqual(sorted(self.texts(f"{where} tbody th")), sorted(HOSTILE), where)
        self.assertEqual(len(self.texts("#messages tbody")), len(HOSTILE))
        example = "document.querySelector('#messages details')"
        self.browser.evaluate(f"{example}.open = true")
        self.assertGreater(self.browser.evaluate(f"{example}.getBoundingClientRect().height"), 30)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('img').length"), 0)

    def test_the_page_can_reach_nothing(self):
        self.open("jmeter")
        forbidden = self.browser.evaluate("""new Promise((done) => {
          const seen = [];
          document.addEventListener('securitypolicyviolation', (event) => {
            seen.push(event.effectiveDirective);
            if (seen.length === 4) done(seen.sort());
          });
          fetch('http://127.0.0.1:1/').catch(() => {});
          document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:1/x.png'}));
          const script = document.createElement('script');
          script.textContent = 'window.broken = 6';
          document.body.append(script);
          const style = document.createElement('style');
          style.textContent = '@import "http://127.0.0.1:1/x.css"';
          document.head.append(style);
        })""")
        self.assertEqual(forbidden, ["connect-src", "img-src", "script-src-elem", "style-src-elem"])
        self.assertIsNone(self.browser.evaluate("window.broken ?? null"))

    def test_endpoints_sort(self):
        self.open("jmeter")

        def sorted_by(column):
            self.browser.evaluate(f"document.querySelectorAll('#endpoints thead button')[{column}].click()")
            return self.texts("#endpoints tbody th")

        by_impact = self.texts("#endpoints tbody th")
        self.assertEqual(by_impact[0], "slow")
        names = sorted_by(0)
        self.assertEqual(names[0], "drop")
        self.assertEqual(names[-1], "Zürich ünï")
        self.assertEqual(sorted_by(0), names[::-1])
        self.assertEqual(sorted_by(3)[0], "Zürich ünï", "by errors, largest first")
        self.assertEqual(sorted_by(10)[0], "slow", "by the maximum")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#endpoints [aria-sort]').length"), 1)
        self.assertEqual(sorted_by(13), by_impact)

    def test_other_tables_sort_by_mouse_and_by_keyboard(self):
        told = json.loads(self.run_program("report", "k6", "--format", "json"))
        self.open("k6", "en")

        def names(table):
            return self.texts(f"{table} tbody th")

        def press(table, column):
            self.browser.evaluate(f"document.querySelectorAll('{table} thead button')[{column}].focus()")
            for kind in ("keyDown", "keyUp"):
                self.browser.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                                  windowsVirtualKeyCode=13)

        passed = {check["name"]: check["passed"] for check in told["checks"]}
        press("#checks table", 1)
        self.assertEqual(names("#checks table"), sorted(passed, key=lambda name: -passed[name]))
        self.assertEqual(self.browser.evaluate("document.querySelector('#checks [aria-sort]').ariaSort"), "descending")
        press("#checks table", 1)
        self.assertEqual(names("#checks table"), sorted(passed, key=passed.get))
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#checks [aria-sort=ascending]').length"), 1)

        means = {metric["name"]: metric["mean"] for metric in told["metrics"] if metric["kind"] in ("timing", "number")}
        self.browser.evaluate("document.querySelectorAll('#metrics thead button')[2].click()")
        in_order = names("#metrics")
        self.assertEqual(in_order[0], max(means, key=means.get))
        shares = {phase["phase"].lower(): phase["share"] for phase in told["phases"]}
        self.browser.evaluate("document.querySelectorAll('#phases thead button')[7].click()")
        phases = [name.strip().lower() for name in names("#phases")]
        self.assertEqual(phases[:2], sorted(shares, key=lambda name: -shares[name])[:2])
        # Of messages each endpoint keeps its own, below its name.
        groups = self.texts("#messages tbody tr:first-child")
        self.browser.evaluate("document.querySelectorAll('#messages thead button')[0].click()")
        self.assertEqual(self.texts("#messages tbody tr:first-child"), groups)
        # What a picture shows is in no order.
        self.assertEqual(self.browser.evaluate(
            "[...document.querySelectorAll('#metrics th')].filter((one) => one.textContent === 'Distribution').map((one) => one.children.length)"), [0])

    def test_phases_checks_and_metrics_have_charts_over_time(self):
        file = self.folder / "minutes.json"
        with file.open("w", encoding="utf-8") as out:
            for i in range(720):
                request = {"name": f"/{i % 2}", "method": "GET", "status": str(500 if i % 90 == 7 else 200)}
                for metric, value, tags in [("http_req_duration", 12 + i % 30, request), ("http_req_waiting", 10 + i % 30, request),
                                            ("http_req_receiving", 2, request), ("checks", i % 3 != 0, {"check": "is fast"}),
                                            ("cart_size", i % 9, {}), ("vus", 3 + i // 60, {})]:
                    time = f"2026-11-23T15:{29 + i // 360}:{i // 6 % 60:02}.{i % 6}00Z"
                    out.write(json.dumps({"metric": metric, "type": "Point",
                                          "data": {"time": time, "value": int(value), "tags": tags}}) + "\n")
        self.ingest("minutes", file)
        for dark in (False, True):
            self.open("minutes", "en", dark=dark)
            self.assertEqual(self.browser.complaints(), [])
            for chart in self.charts():
                if chart.startswith("more-"):
                    self.assertGreater(self.colored(chart), 250, f"{chart} is blank")
        drawn = self.browser.evaluate("""[...document.querySelectorAll('figure:not([hidden]) .chart[id^=more-]')].map(
            (one) => [one.closest('section').id, one.ariaLabel, [...one.querySelectorAll('.keys button')].map((key) => key.textContent)])""")
        self.assertEqual(drawn, [["phases", "Phases over time", ["waiting", "receiving"]],
                                 ["checks", "Share that passed, over time", ["is fast"]],
                                 ["metrics", "cart_size", ["p95", "Mean"]]])

    def test_theme_changes_and_charts_follow(self):
        path = self.open("k6", dark=True)
        ground = "getComputedStyle(document.body).backgroundColor"
        picture = "document.querySelector('#requests canvas').toDataURL()"
        before = self.browser.evaluate(ground), self.browser.evaluate(picture)
        self.browser.evaluate("document.getElementById('theme').click()")
        self.browser.evaluate("new Promise(requestAnimationFrame)")
        after = self.browser.evaluate(ground), self.browser.evaluate(picture)
        self.assertNotEqual(before[0], after[0])
        self.assertNotEqual(before[1], after[1])
        self.assert_in_order(path)

    def point_at(self, chart):
        x, y = self.browser.evaluate(f"""(() => {{
          const over = document.querySelector('#{chart} .u-over');
          over.scrollIntoView({{block: 'center'}});
          const place = over.getBoundingClientRect();
          return [place.left + place.width / 2, place.top + place.height / 2];
        }})()""")
        self.browser.point_at(x, y)

    def test_pointing_at_a_chart_tells_its_numbers(self):
        self.open("jmeter")
        for chart, told in {"percentiles": ["p99: ", "p95: ", "p50: "], "heatmap": [" ms", "requisições na célula"],
                            "errors": ["http_404: "]}.items():
            self.point_at(chart)
            tip = self.texts(f"#{chart} .tip:not([hidden])")
            self.assertEqual(len(tip), 1, chart)
            for text in told:
                self.assertIn(text, tip[0])

    def test_pointing_at_a_chart_tells_the_same_time_in_all(self):
        self.open("jmeter")
        self.point_at("percentiles")
        tips = {chart: self.texts(f"#{chart} .tip:not([hidden])") for chart in TIMED}
        time_of_day = tips["percentiles"][0][:8]
        for chart, tip in tips.items():
            self.assertEqual(len(tip), 1, chart)
            self.assertTrue(tip[0].startswith(time_of_day), tips)
        self.assertRegex(tips["heatmap"][0], r"Requisições: \d+$")
        self.browser.point_at(1, 1)
        self.assertEqual(self.texts(".tip:not([hidden])"), [])

    def test_an_endpoint_opens_its_charts(self):
        path = self.open("jmeter")
        opened = "#endpoints tr.more-of"
        self.browser.evaluate("document.querySelectorAll('#endpoints tbody tr')[1].click()")
        self.browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.assertEqual(len(self.texts(opened)), 1)
        name = self.texts("#endpoints tbody th")[1]
        self.assertEqual(self.texts(f"{opened} h3"), [name])
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#endpoints .open')[1].ariaExpanded"), "true")
        charts = [chart for chart in self.charts() if chart.startswith("endpoint-")]
        self.assertGreaterEqual(len(charts), 5)
        for chart in charts:
            self.assertGreater(self.colored(chart), 60, f"{chart} is blank")
        # Its samples are those of the table, whichever way they are counted.
        told = self.browser.evaluate("""(() => {
          const endpoint = JSON.parse(document.getElementById('report').textContent).endpoints.each[1];
          return [endpoint.name, endpoint.bars.counts.reduce((sum, count) => sum + count, 0)];
        })()""")
        row = self.browser.evaluate("document.querySelectorAll('#endpoints tbody tr')[1].cells[1].textContent")
        self.assertEqual(told, [name, int(row.replace(".", ""))])
        self.point_at("endpoint-curve")
        self.assertRegex(self.texts("#endpoint-curve .tip:not([hidden])")[0], r"^[\d,]+%Endpoint: .*Todas as requisições: ")
        self.point_at("endpoint-bars")
        self.assertIn("Requisições: ", self.texts("#endpoint-bars .tip:not([hidden])")[0])
        # Another one takes its place; the same one closes; so does sorting.
        self.browser.evaluate("document.querySelectorAll('#endpoints .open')[0].click()")
        self.assertEqual(self.texts(f"{opened} h3"), ["slow"])
        self.browser.evaluate("document.querySelectorAll('#endpoints .open')[0].click()")
        self.assertEqual(self.texts(opened), [])
        self.browser.evaluate("document.querySelectorAll('#endpoints .open')[0].click()")
        self.browser.evaluate("document.querySelectorAll('#endpoints thead button')[0].click()")
        self.assertEqual(self.texts(opened), [])
        self.assert_in_order(path)

    def test_charts_of_an_endpoint_fit_a_telephone(self):
        self.open("jmeter", width=360)
        self.browser.evaluate("document.querySelector('#endpoints .open').click()")
        self.browser.evaluate("document.querySelector('#endpoints').parentElement.scrollLeft = 300")
        self.browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        for left, right in self.browser.evaluate("""[...document.querySelectorAll('.details figure')].map((one) => {
          const place = one.getBoundingClientRect();
          return [place.left, place.right];
        })"""):
            self.assertGreaterEqual(left, 0)
            self.assertLessEqual(right, 360)
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), 360)

    def test_endpoints_are_filtered(self):
        self.open("jmeter")

        def filtered_by(text):
            self.browser.evaluate(f"""(() => {{
              const wanted = document.querySelector('#filter input');
              wanted.value = {json.dumps(text)};
              wanted.dispatchEvent(new Event('input'));
            }})()""")
            return self.texts("#endpoints tbody tr:not([hidden]) th"), self.texts("#filter output")[0]

        every = self.texts("#endpoints tbody th")
        self.assertEqual(filtered_by("zurich UN"), (["Zürich ünï"], "1 de 8"))
        self.assertEqual(filtered_by("no such endpoint"), ([], "0 de 8"))
        self.assertEqual(filtered_by(""), (every, ""))

    def test_a_key_hides_its_series(self):
        self.open("jmeter")
        picture = "document.querySelector('#percentiles canvas').toDataURL()"
        press = "document.querySelector('#percentiles .keys button').click()"
        whole = self.browser.evaluate(picture)
        self.browser.evaluate(press)
        without = self.browser.evaluate(picture)
        self.assertNotEqual(whole, without)
        self.assertEqual(self.browser.evaluate("document.querySelector('#percentiles .keys button').ariaPressed"), "false")
        self.point_at("percentiles")
        self.assertNotIn("p99", self.texts("#percentiles .tip:not([hidden])")[0])
        # It stays hidden when all is drawn anew.
        self.browser.evaluate("document.getElementById('theme').click()")
        self.browser.evaluate("document.getElementById('theme').click()")
        self.assertEqual(self.browser.evaluate(picture), without)
        self.browser.evaluate(press)
        self.assertEqual(self.browser.evaluate(picture), whole)

    def assert_readable_without_scripts(self):
        """Numbers and tables, sketches in place of charts, nothing that does not work, nothing that has no size."""
        self.assertEqual(self.texts("h1"), ["jmeter"])
        self.assertEqual(len(self.texts("#endpoints tbody tr")), 8)
        shown = self.browser.evaluate("""[...document.querySelectorAll('figure')].filter((one) => one.checkVisibility())
          .map((one) => [one.querySelector('.chart').id, one.querySelectorAll('svg.sketch').length])""")
        self.assertEqual(shown, [["requests", 1], ["percentiles", 1], ["users", 1], ["bars", 1]])
        self.assertEqual(self.browser.evaluate(
            "[...document.querySelectorAll('.screen, #filter, #theme')].filter((one) => one.checkVisibility()).length"), 0)
        self.assertIn("Sem JavaScript", self.browser.evaluate("document.body.innerText"))
        for height in self.browser.evaluate(
                "[...document.querySelectorAll('svg')].map((one) => one.getBoundingClientRect().height)"):
            self.assertLessEqual(height, 220)
        self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), 1280)

    def test_without_scripts_it_is_readable(self):
        path = self.open("jmeter")
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        try:
            self.browser.visit(path.as_uri())
            self.assert_readable_without_scripts()
            self.assertFalse(self.browser.evaluate("document.querySelector('.unstyled').checkVisibility()"))
        finally:
            self.browser.call("Emulation.setScriptExecutionDisabled", value=False)

    def test_the_policy_of_jenkins_leaves_it_readable(self):
        content = self.open("jmeter").read_bytes()

        class Jenkins(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Content-Security-Policy", JENKINS)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jenkins) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                self.browser.visit(f"http://127.0.0.1:{server.server_port}/report.html")
                self.assert_readable_without_scripts()
                self.assertIn("Resource Root URL", self.texts(".unstyled")[0])
                self.assertTrue(self.browser.evaluate("document.querySelector('.unstyled').checkVisibility()"))
            finally:
                server.shutdown()
                thread.join()

    def test_labels_of_time_are_whole(self):
        for width in (1280, 360):
            self.open("jmeter", width=width)
            room = self.browser.evaluate("""(() => {
              const place = document.getElementById('heatmap'), over = place.querySelector('.u-over');
              return place.getBoundingClientRect().right - over.getBoundingClientRect().right;
            })()""")
            label = self.browser.evaluate("""(() => {
              const pen = document.createElement('canvas').getContext('2d');
              pen.font = '12px system-ui, sans-serif';
              return pen.measureText('00:00:00').width;
            })()""")
            self.assertGreaterEqual(room, label / 2, "half of one may stand right of the axis")

    def test_a_table_repeats_its_head_on_each_page(self):
        file = self.folder / "many.jtl"
        rows = "".join(f"{1795447776000 + i},{10 + i % 90},/page/{i % 150}-{'x' * (i % 150)},200,true,1\n" for i in range(600))
        file.write_text("timeStamp,elapsed,label,responseCode,success,allThreads\n" + rows)
        self.ingest("many", file)
        self.open("many")
        # A color of their own, which the streams of the pages then name.
        self.browser.evaluate("""document.querySelectorAll('#endpoints thead th').forEach((head) => {
          head.style.background = 'rgb(3, 5, 7)';
        })""")
        paper = self.browser.print()
        contents = []
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", paper, re.S):
            with contextlib.suppress(zlib.error):
                contents.append(zlib.decompressobj().decompress(stream))
        with_head = [text for text in contents if b".0118 .0196 .0275 rg" in text]
        pages = len(re.findall(rb"/Type\s*/Page\b", paper))
        self.assertGreater(pages, 3)
        self.assertGreaterEqual(len(with_head), pages - 2, "but for the charts before, and what comes behind")

    def test_narrow_screens_and_paper(self):
        for width in (360, 768):
            path = self.open("jmeter", width=width)
            self.assert_in_order(path)
            self.assertLessEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)
        # Wide tables scroll within their frames, and names stay where they are.
        self.open("jmeter", width=360)
        before, after, moved = self.browser.evaluate("""(() => {
          const name = document.querySelector('#endpoints tbody th'), frame = name.closest('.scroll');
          const left = () => name.getBoundingClientRect().left;
          const before = left();
          frame.scrollLeft = 200;
          return [before, left(), frame.scrollLeft];
        })()""")
        self.assertEqual((before, moved), (after, 200))
        self.open("jmeter", dark=True)
        paper = self.browser.print()
        self.assertTrue(paper.startswith(b"%PDF-"))
        self.assertGreater(len(paper), 50_000)
        self.assertEqual(self.browser.complaints(), [])
        self.assertIsNone(self.browser.evaluate("document.documentElement.dataset.theme ?? null"),
                          "the theme is back to what it was")


if __name__ == "__main__":
    unittest.main()
