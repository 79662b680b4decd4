"""Registers tests by a sentence, runs them, and undoes what each one opened."""
import faulthandler
import os
import shutil
import sys
import tempfile
import time
import traceback

_tests = []
_cleanups = []
_reports = []
_seconds_per_test = 90
_bounds = {}
_running = [""]


def test(sentence, differs=None, only=None, seconds=_seconds_per_test):
    """Registers a test. `differs` says why haproxy behaves otherwise on purpose; `only` is
    "sluice" or "haproxy" for what the other one does not have; `seconds` bounds it."""
    def register(function):
        _tests.append((sentence, function, differs, only))
        _bounds[function] = seconds
        return function
    return register


def current():
    """The sentence of the running test."""
    return _running[0]


def cleanup(function):
    """Calls `function` when the running test ends; last in, first out."""
    _cleanups.append(function)
    return function


def on_failure(describe):
    """`describe()` gives text that is printed when the running test fails."""
    _reports.append(describe)


def scratch():
    """A new directory that lives as long as the test."""
    path = tempfile.mkdtemp(prefix="sluice-test-")
    cleanup(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def wait_for(predicate, what="the condition", seconds=10.0):
    """Waits until predicate() is true and gives its value; fails after the deadline."""
    deadline = time.monotonic() + seconds
    pause = 0.001
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)


def holds(predicate, seconds, what="the condition"):
    """Asserts that predicate() stays true for so long: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert predicate(), f"{what} did not hold"
        time.sleep(0.01)


def eq(got, wanted, what="value"):
    assert got == wanted, f"{what}: got {_short(got)}, wanted {_short(wanted)}"


def _short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:400]} … {text[-150:]} ({len(text)} characters)"


def _undo():
    """Runs the cleanups; gives what went wrong in them."""
    problems = []
    while _cleanups:
        try:
            _cleanups.pop()()
        except BaseException:  # one failing cleanup must not stop the others
            problems.append(traceback.format_exc())
    return problems


def _run(sentence, function):
    _running[0] = sentence
    started = time.monotonic()
    faulthandler.dump_traceback_later(_bounds[function], exit=True)
    problems = []
    try:
        function()
    except (Exception, KeyboardInterrupt):
        problems.append(traceback.format_exc())
    reports = list(_reports)
    problems += _undo()
    faulthandler.cancel_dump_traceback_later()
    if problems:
        problems += [describe() for describe in reports]
    del _reports[:]
    took = time.monotonic() - started
    print(f"{'FAIL' if problems else 'ok  '} {sentence}  ({took:.2f} s)", flush=True)
    for problem in problems:
        print("    " + problem.rstrip().replace("\n", "\n    "), flush=True)
    return not problems


def main():
    """Runs the tests whose sentence holds every argument; -l lists them. Exits 1 on failure."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    oracle = os.environ.get("SLUICE_ORACLE") == "1"
    chosen = [t for t in _tests if all(word in t[0] for word in words)]
    if "-l" in sys.argv:
        print("\n".join(t[0] for t in chosen))
        sys.exit(0)
    failed = skipped = 0
    for sentence, function, differs, only in chosen:
        if (oracle and (differs or only == "sluice")) or (not oracle and only == "haproxy"):
            print(f"skip {sentence}: {differs or 'only for ' + only}")
            skipped += 1
        elif not _run(sentence, function):
            failed += 1
    ran = len(chosen) - skipped
    print(f"{ran - failed} of {ran} passed, {skipped} skipped")
    sys.exit(1 if failed or not chosen else 0)
