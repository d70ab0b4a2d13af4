#!/usr/bin/env python3
"""Every sentence that the sources say to people has its Portuguese in src/model/translation_pt_br.cpp."""

import pathlib
import re
import unittest

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
CATALOGUE = SOURCES / "model" / "translation_pt_br.cpp"

# What takes a sentence for people, or gives one.
CALLS = re.compile(
    r"\b(?:fail|fail_with|fail_with_hint|wrong|unexpected|note|verbose|tell|tell_of_missing|error|stop|all_retryable"
    r"|all_rejected|report_blocked|damaged|corrupt|failed|lost|refusal|refused|refuse|reject|contradiction|bad_record"
    r"|report_bad|no_data|cannot_tell|raise_concern)\s*\("
    r"|ErrorCode::\w+,\s*(?=\"|fmt::format)"
    r"|\breturn\s+(?:std::string\()?(?=\"|fmt::format\(\")"
    r"|\b(?:note|notes|why|reason|reason_|remedy|problem|message)\s*\+?=(?!=)\s*(?![{\s])")
LITERAL = re.compile(r'R"\((?P<raw>.*?)\)"|"(?P<plain>(?:[^"\\\n]|\\.)*)"', re.S)
WORD = re.compile(r"[\w-]+")
VALUE = re.compile(r"\{\*?\}")
# Sentences that are no texts for people: queries, markup.
NOT_FOR_PEOPLE = re.compile(r"formats/prom_rules/|systems/prometheus/queries\.cpp|reports/|systems/(probe|\w+/check)")
# What libraries and the operating system say.
FOREIGN = re.compile(r"// In the words of libcurl\n.*?\n\n", re.S)
ESCAPES = {"n": "\n", '"': '"', "\\": "\\", "t": "\t", "0": "\0", "r": "\r"}


def text_of(literal):
    if literal.group("raw") is not None:
        return literal.group("raw")
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match.group(1), match.group(1)), literal.group("plain"))


def joined_literals(code):
    """The string literals of some code, those that stand side by side as one."""
    end = None
    for literal in LITERAL.finditer(code):
        if end is not None and not code[end:literal.start()].strip():
            yield_text += text_of(literal)
        else:
            if end is not None:
                yield yield_text
            yield_text = text_of(literal)
        end = literal.end()
    if end is not None:
        yield yield_text


def without_comments(code):
    return re.sub(r'("(?:[^"\\\n]|\\.)*"|R"\(.*?\)")|//[^\n]*', lambda match: match.group(1) or "", code, flags=re.S)


def expression_from(code, start):
    """The rest of a call or statement: up to what closes it."""
    depth, i = 0, start
    while i < len(code):
        literal = LITERAL.match(code, i)
        if literal:
            i = literal.end()
            continue
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth < 0:
                break
        elif code[i] == ";" and depth == 0:
            break
        i += 1
    return code[start:i]


def is_prose(text):
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= 2 and re.search(r"[a-z] [a-z]", text)


def fragments(text):
    """What stands between the placeholders, as far as it is prose."""
    for fragment in re.split(r"\{[^{}]*\}|\n", text.replace("{{", "\0").replace("}}", "\1")):
        fragment = fragment.replace("\0", "{").replace("\1", "}").strip(' ;:,.()"')
        if is_prose(fragment):
            yield fragment


def sentences(path):
    code = without_comments(path.read_text())
    for call in CALLS.finditer(code):
        for text in joined_literals(expression_from(code, call.end())):
            yield from fragments(text)


def catalogue(code=None):
    pairs = []
    for entry in re.finditer(r'\{\s*((?:(?:R"\(.*?\)"|"(?:[^"\\\n]|\\.)*")\s*)+),\s*((?:(?:R"\(.*?\)"|"(?:[^"\\\n]|\\.)*")\s*)+)\}',
                             code or CATALOGUE.read_text(), re.S):
        pairs.append(tuple("".join(text_of(part) for part in LITERAL.finditer(side)) for side in entry.groups()))
    return pairs


def sources():
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in (".cpp", ".h") and not path.name.endswith("_test.cpp") and path != CATALOGUE:
            yield path


def missing():
    """Sentences without Portuguese, each with the file that says it."""
    known = "\n".join(english for english, _ in catalogue())
    found = {}
    for path in sources():
        if NOT_FOR_PEOPLE.match(path.relative_to(SOURCES).as_posix()):
            continue
        for sentence in sentences(path):
            if sentence not in known:
                found.setdefault(sentence, path.relative_to(SOURCES))
    return found


def left_over():
    """Phrases that nothing says any more: those of which no three words in a row stand in the sources."""
    texts = "\n".join(text for path in sources() for text in joined_literals(without_comments(path.read_text())))
    words = WORD.findall(texts)
    said = " ".join(words)
    code = CATALOGUE.read_text()
    found = []
    for english, _ in catalogue(code.replace(FOREIGN.search(code).group(), "")):
        parts = [WORD.findall(part) for part in re.split(r"\{\*?\}", english)]
        rows = [" ".join(part[i:i + 3]) for part in parts for i in range(len(part) - 2)]
        if not (any(row in said for row in rows) if rows else set(words).issuperset(sum(parts, []))):
            found.append(english)
    return found


class Catalogue(unittest.TestCase):
    maxDiff = None

    def test_every_sentence_has_its_portuguese(self):
        self.assertEqual(missing(), {}, "say it in src/model/translation_pt_br.cpp, too")

    def test_no_phrase_is_left_over(self):
        self.assertEqual(left_over(), [])

    def test_both_languages_have_the_same_values(self):
        for english, portuguese in catalogue():
            self.assertEqual(len(VALUE.findall(english)), len(VALUE.findall(portuguese)), english)

    def test_the_search_finds_sentences(self):
        self.assertGreater(sum(1 for path in sources() for _ in sentences(path)), 300)
        self.assertEqual(list(fragments('no valid sample in {}: {:>3} bad ones; "x"')),
                         ["no valid sample in", 'bad ones; "x'])


if __name__ == "__main__":
    unittest.main()
