#!/usr/bin/env python3
"""Every directive has a test that fails without it.

tests/system/directives.tsv says which: keyword, what to take out (a regular expression), file,
sentence. This program takes it out of that test's configuration and expects the test to fail.
    directives.py                 checks every row
    directives.py --sample N M    checks the rows whose number is N modulo M
    directives.py --generate      finds a test for every keyword in the tests' configurations and
                                  writes the table; prints the keywords that no test proves
SLUICE_BINARY or SLUICE_ORACLE=1 choose the program, as for the tests themselves."""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEM = os.path.join(os.path.dirname(HERE), "system")
TABLE = os.path.join(SYSTEM, "directives.tsv")
GROUPS = {"option", "timeout", "stats", "http-request", "http-response", "http-check",
          "capture", "no", "balance", "tcp-request", "tcp-response"}
# Options of bind and server lines that take an argument.
ARGUMENTS = {"weight", "maxconn", "maxqueue", "inter", "rise", "fall", "port", "crt", "ca-file",
             "verify", "verifyhost", "sni", "ssl-min-ver", "init-addr"}
SECTIONS = {"global", "defaults", "frontend", "backend", "listen"}


def run(file, sentence, pattern=None, record=None):
    """Runs one test; gives True when it passed."""
    env = dict(os.environ)
    if pattern is not None:
        env["SLUICE_WITHOUT"] = pattern
    if record is not None:
        env["SLUICE_RECORD"] = record
    arguments = [sentence] if sentence else []
    try:
        program = [sys.executable, os.path.join(SYSTEM, file), *arguments]
        done = subprocess.run(program, env=env, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def keywords(text):
    """(keyword, what takes it out) for every directive and option of a configuration text."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] in SECTIONS or not words[0][0].isalpha():
            continue
        if words[0] in ("server", "bind", "default-server"):
            for word in words[2:]:
                if not re.fullmatch(r"[a-z][a-z-]+", word):
                    continue
                name = f"{'server' if words[0] != 'bind' else 'bind'} {word}"
                argument = r" \S+" if word in ARGUMENTS else ""
                found[name] = rf" {re.escape(word)}{argument}(?= |$)"
            continue
        key = words[0]
        if key in GROUPS and len(words) > 1:
            key += " " + words[1]
        found[key] = rf"^ *{re.escape(key)}(?= |$).*$"
    return found


def candidates():
    """{keyword: [(pattern, file, sentence)]} from one run of every test."""
    found = {}
    for folder, _, files in sorted(os.walk(SYSTEM)):
        for name in sorted(files):
            if not name.endswith(".py") or os.path.basename(folder) == "harness":
                continue
            file = os.path.relpath(os.path.join(folder, name), SYSTEM)
            with tempfile.NamedTemporaryFile() as record:
                run(file, None, record=record.name)
                for line in record.read().decode().splitlines():
                    row = json.loads(line)
                    for key, pattern in keywords(row["text"]).items():
                        entry = (pattern, file, row["test"])
                        if entry not in found.setdefault(key, []):
                            found[key].append(entry)
    return found


def best_first(key, entries):
    """Tests whose sentence names the keyword come first."""
    word = key.split()[-1]
    return sorted(entries, key=lambda e: word not in e[2])


def generate():
    rows, unproved, passes = [], [], {}
    for key, entries in sorted(candidates().items()):
        for pattern, file, sentence in best_first(key, entries)[:12]:
            if (file, sentence) not in passes:
                passes[file, sentence] = run(file, sentence)
            if passes[file, sentence] and not run(file, sentence, pattern):
                rows.append(f"{key}\t{pattern}\t{file}\t{sentence}")
                print(f"{key}: {file}: {sentence}", flush=True)
                break
        else:
            unproved.append(key)
    with open(TABLE, "w", encoding="utf-8") as f:
        f.write("\n".join(rows) + "\n")
    print("no test proves:", ", ".join(unproved))


def check(number, step):
    with open(TABLE, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f]
    failed = 0
    for key, pattern, file, sentence in rows[number::step]:
        if run(file, sentence, pattern):
            failed += 1
            print(f"FAIL {key}: \"{sentence}\" ({file}) passes without it")
        else:
            print(f"ok   {key}", flush=True)
    return failed


if __name__ == "__main__":
    if "--generate" in sys.argv:
        generate()
        sys.exit(0)
    chosen = (int(sys.argv[2]), int(sys.argv[3])) if "--sample" in sys.argv else (0, 1)
    sys.exit(1 if check(*chosen) else 0)
