"""Puts the folder tests/load/integration/ into a project, for tests that import from there:

    python -m omniwriter.add_to_project DIR

Files that are there already and differ are left alone, and the command ends with exit code 1."""

import pathlib
import shutil
import sys

_FOLDER = pathlib.Path(__file__).with_name("project_files")


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: python -m omniwriter.add_to_project DIR", file=sys.stderr)
        return 2
    target = pathlib.Path(sys.argv[1]) / "tests" / "load" / "integration"
    target.mkdir(parents=True, exist_ok=True)
    differing = False
    for source in sorted(_FOLDER.iterdir()):
        file = target / source.name
        if not file.exists():
            shutil.copyfile(source, file)
            print(file)
        elif file.read_bytes() != source.read_bytes():
            print(f"{file} is there already, and differs: it stays as it is", file=sys.stderr)
            differing = True
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
