#!/usr/bin/env python3
"""Every keyword that is taken has a test that fails without it.

tests/system/directives.tsv says which: keyword, what to take out (a regular expression; a group
named keep stays), file, sentence. This program takes it out of that test's configuration and
expects the test to fail, by more than a configuration that is refused unless a fifth column says
"refused". The keywords are those of `sluice keywords --accepted`; directives_exempt.tsv names the
few that no test can show, with the reason.
    directives.py                 checks every row
    directives.py --strict        the same; rows and exemptions must also be complete and distinct
    directives.py --sample N M    checks the rows whose number is N modulo M
    directives.py --only PATTERN  checks, or generates, only keywords that match
    directives.py --jobs N        so many tests at a time (2)
    directives.py --complete      starts nothing: is there a row for every keyword?
    directives.py --generate [FILE…]
                                  adds a row for every keyword that has none, from the
                                  configurations of the tests (of these files)
SLUICE_BINARY chooses the program, as for the tests themselves."""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from taken_out import candidates  # noqa: E402

SYSTEM = os.path.join(os.path.dirname(HERE), "system")
TABLE = os.path.join(SYSTEM, "directives.tsv")
EXEMPT = os.path.join(SYSTEM, "directives_exempt.tsv")


def binary():
    return os.environ.get("SLUICE_BINARY") or os.path.join(HERE, "../../build/debug/src/sluice")


def accepted():
    done = subprocess.run([binary(), "keywords", "--accepted"], capture_output=True, text=True,
                          check=True)
    return done.stdout.splitlines()


def read(path):
    with open(path, encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if line.strip()]


def run(file, sentence, pattern=None, record=None):
    """Runs one test; gives "passes", "fails" or "refused" (the program took no such file)."""
    env = dict(os.environ)
    if pattern is not None:
        env["SLUICE_WITHOUT"] = pattern
    if record is not None:
        env["SLUICE_RECORD"] = record
    program = [sys.executable, os.path.join(SYSTEM, file), *([sentence] if sentence else [])]
    try:
        done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=300,
                              errors="replace", check=False)
    except subprocess.TimeoutExpired:
        return "fails"
    if done.returncode == 0:
        return "passes"
    return "refused" if "at start:" in done.stdout else "fails"


def check(rows, jobs):
    def one(row):
        return row, run(row[2], row[3], row[1])
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for row, result in pool.map(one, rows):
            wanted = row[4] if len(row) > 4 else "fails"
            if result == wanted:
                print(f"ok   {row[0]}", flush=True)
                continue
            failed += 1
            print(f"FAIL {row[0]}: \"{row[3]}\" ({row[2]}) without it: {result}", flush=True)
    return failed


def complete():
    """Counts keywords without a row or an exemption, and rows without a keyword."""
    rows, exempt, keywords = read(TABLE), read(EXEMPT), accepted()
    proved = [row[0] for row in rows] + [row[0] for row in exempt]
    problems = [f"no test proves: {k}" for k in keywords if k not in proved]
    problems += [f"no such keyword: {k}" for k in proved if k not in keywords]
    problems += [f"twice: {k}" for k in sorted(set(proved)) if proved.count(k) > 1]
    problems += [f"an exemption without its reason: {row[0]}" for row in exempt if len(row) != 2]
    for _, pattern, file, sentence in (row[:4] for row in rows):
        re.compile(pattern.removeprefix("@global "))
        path = os.path.join(SYSTEM, file)
        if not os.path.exists(path):
            problems.append(f"no such file: {file}")
        elif file not in _sentences:
            with open(path, encoding="utf-8") as f:
                _sentences[file] = re.sub(r'"\s*\n\s*f?"', "", f.read()).replace('\\"', '"')
        if sentence not in _sentences.get(file, sentence) and "%" not in sentence:
            problems.append(f"no such test in {file}: {sentence}")
    print("\n".join(problems))
    return len(problems)


_sentences = {}


def texts(files, jobs):
    """[(file, test, configuration)] of every configuration that the tests run."""
    def one(file):
        with tempfile.NamedTemporaryFile() as record:
            run(file, None, record=record.name)
            found = [json.loads(line) for line in record.read().decode().splitlines()]
        return [(file, row["test"], row["text"]) for row in found]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return [row for rows in pool.map(one, files) for row in rows]


def test_files():
    for folder, _, names in sorted(os.walk(SYSTEM)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(".py") and os.path.basename(folder) not in ("harness", "differential"):
                with open(path, encoding="utf-8") as f:
                    if re.search(r"^@test|^register|^test\(", f.read(), re.M):
                        yield os.path.relpath(path, SYSTEM)


def generate(files, only, jobs):
    rows = read(TABLE)
    known = {row[0] for row in rows} | {row[0] for row in read(EXEMPT)}
    keywords = accepted()
    wanted = [k for k in keywords if k not in known and re.search(only, k)]
    found = candidates(wanted, keywords, texts(files or list(test_files()), jobs))
    passes = {}

    def one(keyword):
        refused = None
        for pattern, file, sentence in found.get(keyword, [])[:6]:
            if (file, sentence) not in passes:
                passes[file, sentence] = run(file, sentence)
            if passes[file, sentence] != "passes":
                continue
            result = run(file, sentence, pattern)
            if result == "fails":
                return [keyword, pattern, file, sentence]
            if result == "refused":
                refused = refused or [keyword, pattern, file, sentence, "refused"]
        return refused
    unproved = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for keyword, row in zip(wanted, pool.map(one, wanted)):
            if row is None:
                unproved.append(keyword)
                continue
            rows.append(row)
            print("\t".join(row), flush=True)
    with open(TABLE, "w", encoding="utf-8") as f:
        f.writelines("\t".join(row) + "\n" for row in sorted(rows))
    print("no test proves:", ", ".join(unproved))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", nargs=2, type=int, default=(0, 1))
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--complete", action="store_true")
    parser.add_argument("--generate", nargs="*")
    options = parser.parse_args()
    if options.generate is not None:
        generate(options.generate, options.only, options.jobs)
        return 0
    failed = complete() if options.complete or options.strict else 0
    if not options.complete:
        number, step = options.sample
        chosen = [row for row in read(TABLE) if re.search(options.only, row[0])]
        failed += check(chosen[number::step], options.jobs)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
