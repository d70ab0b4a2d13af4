"""Checks dashboards against the types of @grafana/schema with the TypeScript compiler.

    python3 tests/grafana/typecheck.py DASHBOARD.json…

Needs node, and the packages that `tools/setup.sh typecheck` puts into $OMNIWRITER_CACHE."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent / "typecheck"
CACHE = pathlib.Path(os.environ.get("OMNIWRITER_CACHE") or pathlib.Path.home() / ".cache/omniwriter") / "typecheck"


class MissingTypes(Exception):
    pass


def _modules():
    installed = CACHE / "package.json"
    wanted = (HERE / "package.json").read_bytes()
    if not shutil.which("node") or not installed.is_file() or installed.read_bytes() != wanted:
        raise MissingTypes(f"{CACHE / 'node_modules'} is not there or out of date; run: tools/setup.sh typecheck")
    return CACHE / "node_modules"


def _sources(panel):
    """The kinds of data source that a panel's queries go to."""
    kinds = {target.get("datasource", {}).get("type") for target in panel.get("targets", [])} - {None}
    return " | ".join(json.dumps(kind) for kind in sorted(kinds)) or "never"


def _typescript(dashboard):
    """(name, text) of one source file for the frame of a dashboard and one for each panel, within rows too."""
    uid = re.sub(r"\W", "-", dashboard.get("uid", "dashboard"))
    frame = {name: value for name, value in dashboard.items() if name != "panels"}
    yield f"{uid}.frame.ts", ("import type { Frame } from './types';\n"
                              f"export const frame: Frame = {json.dumps(frame, indent=2)};\n")
    top = dashboard.get("panels", [])
    inner = [panel for row in top for panel in row.get("panels") or []]
    rows_without = [{**panel, "panels": []} if panel.get("type") == "row" else panel for panel in top]
    for index, panel in enumerate(rows_without + inner):
        kind = "Row" if panel.get("type") == "row" else f"Panel<{json.dumps(panel.get('type'))}, {_sources(panel)}>"
        yield f"{uid}.panel{panel.get('id', index)}.ts", (
            f"import type {{ {kind.split('<', maxsplit=1)[0]} }} from './types';\n"
            f"export const panel: {kind} = {json.dumps(panel, indent=2)};\n")


def faults(dashboards):
    """What the compiler finds: [] for none. `dashboards` is a list of (name, JSON)."""
    modules = _modules()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for file in ("types.ts", "tsconfig.json"):
            shutil.copy(HERE / file, folder)
        (folder / "node_modules").symlink_to(modules)
        for name, dashboard in dashboards:
            for file, text in _typescript(dashboard):
                (folder / f"{name}.{file}").write_text(text, encoding="utf-8")
        done = subprocess.run(["node", modules / "typescript/bin/tsc", "--noEmit", "--strict", "--pretty", "false",
                               "--project", folder], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    found = [line for line in done.stdout.splitlines() if line]
    if done.returncode and not found:
        raise RuntimeError(f"tsc ended with {done.returncode}: {done.stderr}")
    return found


def main():
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    found = faults([(f"file{index}", json.loads(file.read_text(encoding="utf-8"))) for index, file in enumerate(files)])
    print("\n".join(found) or f"{len(files)} dashboards fit the types")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
