"""The rules of the source tree, as functions of a folder: each returns its findings, one line each."""

import pathlib
import re

# Layers from the ground up. A file may include its own component and any lower layer.
LAYERS = (
    ("base",),
    ("model",),
    ("judge",),
    ("formats", "net", "config", "spool"),
    ("reading", "delivery"),
    ("systems",),
    ("inputs", "summaries", "outputs", "reports", "store", "launch", "vitals", "web"),
    ("integration",),
    ("app",),
)
# In these folders every sub-folder is a component of its own; what lies beside them belongs to all of them.
GROUPS = frozenset({"formats", "inputs", "summaries", "outputs", "systems"})
# Headers of the test suites: for *_test.cpp alone.
TEST_SUPPORT = ("support/", "conformance/", "contract/")

LEVEL = {folder: level for level, layer in enumerate(LAYERS) for folder in layer}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.MULTILINE)
STANDARD = re.compile(r"[a-z_]+")
TEXT = frozenset(".h .cpp .py .sh .md .txt .cmake .json .yaml .yml .ts .html .css .toml .cfg".split())
TEXT_NAMES = frozenset({"Makefile", "run", ".clang-tidy", ".clang-format", ".editorconfig", ".gitignore", "LICENSE"})
SKIPPED = frozenset({".git", "build", "node_modules", "__pycache__", ".venv", ".cache"})
# Results that tools wrote: kept as they are.
GENUINE = ("tests/corpus/", "examples/")
# clang cannot check what these guard.
BARE_LOCKS = re.compile(r"std::(?:(?:recursive_|shared_|timed_)*mutex|lock_guard|scoped_lock|unique_lock|shared_lock)\b")
MACHINE_PATHS = re.compile("|".join("/" + folder + "/" for folder in ("work", "root")))


def includes(path):
    """(line number, "<" or '"', name) of each include."""
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, match.start()) + 1, match[1], match[2]) for match in INCLUDE.finditer(text)]


def component(parts):
    """The component of a file, by the parts of its path below src/: ("outputs", "influxdb", "x.cpp") is in
    "outputs/influxdb", ("outputs", "x.cpp") in "outputs"."""
    if parts[0] in GROUPS and len(parts) > 2:
        return f"{parts[0]}/{parts[1]}"
    return parts[0]


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".h", ".cpp"))


def wrong_includes(root):
    found = []
    for path in sources(root / "include"):
        for line, kind, name in includes(path):
            if not (STANDARD.fullmatch(name) if kind == "<" else name.startswith("omniwriter/")):
                found.append(f"{path.relative_to(root)}:{line}: public headers include only the standard library and "
                             f"omniwriter/, not {name}")
    for path in sources(root / "src"):
        where = f"{path.relative_to(root)}"
        parts = path.relative_to(root / "src").parts
        own = component(parts)
        folder = parts[0]
        is_test = path.name.endswith("_test.cpp")  # may look at what its component works with: others of its group
        if folder not in LEVEL:
            found.append(f"{where}: src/{folder} has no layer; give it one in tests/layering/layering.py")
            continue
        for line, kind, name in includes(path):
            if kind == "<" or name.startswith("omniwriter/"):
                continue
            target = name.split("/")
            if is_test and name.startswith(TEST_SUPPORT):
                continue
            if target[0] not in LEVEL:
                found.append(f'{where}:{line}: "{name}" is not written relative to src/')
                continue
            other = component(target)
            shared = folder in GROUPS and (other == folder or (is_test and target[0] == folder))
            if other == own or shared or LEVEL[target[0]] < LEVEL[folder]:
                continue
            why = ("a component includes another" if LEVEL[target[0]] == LEVEL[folder]
                   else f"{target[0]} lies above {folder}")
            found.append(f'{where}:{line}: "{name}": {why}')
    return found


def components(root):
    """Every folder that is a component and holds code."""
    found = {component(path.relative_to(root / "src").parts) for path in sources(root / "src")}
    return sorted(found - GROUPS - {"app"})


def incomplete_components(root):
    found = []
    for name in components(root):
        folder = root / "src" / name
        if not (folder / "README.md").is_file():
            found.append(f"src/{name}: no README.md")
        if list(folder.rglob("*.cpp")) and not list(folder.rglob("*_test.cpp")):
            found.append(f"src/{name}: no *_test.cpp")
    return found


def unlisted_inputs(root):
    """Inputs that docs/formats.md does not link to."""
    page = root / "docs/formats.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return [f"src/{name}: docs/formats.md has no link to it" for name in components(root)
            if name.startswith("inputs/") and f"(../src/{name})" not in text]


def bare_locks(root):
    """Locks past base/guarded.h, which says to clang what they guard. Tests may have their own."""
    found = []
    for path in sources(root / "src") + sources(root / "python"):
        if path.name.endswith("_test.cpp") or path == root / "src/base/guarded.h":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := BARE_LOCKS.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {match[0]}: use Guarded, or Mutex and Lock, of base/guarded.h")
    return found


def machine_paths(root):
    found = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if SKIPPED.intersection(relative.parts) or not path.is_file() or str(relative).startswith(GENUINE):
            continue
        if path.suffix not in TEXT and path.name not in TEXT_NAMES:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            match = MACHINE_PATHS.search(line)
            if match:
                found.append(f"{relative}:{number}: names a path of one machine: {match[0]}")
    return found
