"""A program without the admin page: what builds the page is not there, CMake says what to do about
it, and the program that it then makes says where the page went."""
import json
import os
import re
import subprocess
import sys

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *
from harness.process import Sluice, binary

BUILD = os.path.dirname(os.path.dirname(binary()))
HIDDEN = {"node", "nodejs", "npm", "npx"}
TEXT = """global
    stats socket @dir@/admin.sock mode 600 level admin
""" + DEFAULTS + """
listen stats
    bind 127.0.0.1:@fe@
    stats enable
    stats uri /cl&ssic
    stats admin if TRUE
admin
    bind 127.0.0.1:@admin@
backend be
    server a 127.0.0.1:9
"""


class Bare(Sluice):
    """The one without its page; a whole build without is such a one itself."""

    def command(self):
        program = os.path.join(BUILD, "tests/sluice_without_page")
        return [program if os.path.exists(program) else binary(), *super().command()[1:]]


def programs_but_those():
    """A folder with every program of PATH, less those that build the page."""
    folder = os.path.join(scratch(), "bin")
    os.mkdir(folder)
    places = [place for place in os.environ["PATH"].split(":") if os.path.isdir(place)]
    for place in places:
        for name in os.listdir(place):
            if name not in HIDDEN and not os.path.lexists(os.path.join(folder, name)):
                os.symlink(os.path.join(place, name), os.path.join(folder, name))
    return folder, places


def cmake(*words, seconds=250):
    folder, places = programs_but_those()
    places = sorted({*places, "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"})
    where = scratch()
    done = subprocess.run(
        ["cmake", "-S", ROOT, "-B", where, "-G", "Ninja", "-DSLUICE_TESTS=OFF",
         "-DSLUICE_BENCH=OFF", f"-DCMAKE_IGNORE_PATH={';'.join(places)}", *words],
        env={**os.environ, "PATH": folder}, capture_output=True, text=True, timeout=seconds,
        check=False)
    return where, done, folder


@test("without nodejs and npm CMake says what to install, or how to do without", only="sluice",
      seconds=280)
def _():
    _, done, _ = cmake()
    said = " ".join(done.stderr.split())
    assert done.returncode != 0, done.stdout
    for words in ("nodejs", "npm", "scripts/install page", "-DSLUICE_UI=OFF"):
        assert words in said, said


@test("with SLUICE_UI=OFF it configures without them, and compiles what stands for the page",
      only="sluice", seconds=280)
def _():
    where, done, folder = cmake("-DSLUICE_UI=OFF")
    eq(done.returncode, 0, done.stderr)
    with open(os.path.join(where, "build.ninja"), encoding="utf-8") as f:
        rules = f.read()
    assert "prepare.mjs" not in rules and "embed.mjs" not in rules
    target = re.search(r"^build (\S+no_ui_files\.cc\.o):", rules, re.M).group(1)
    built = subprocess.run(["cmake", "--build", where, "--target", target],
                           env={**os.environ, "PATH": folder}, capture_output=True, text=True,
                           timeout=250, check=False)
    eq(built.returncode, 0, built.stdout)
    with open(os.path.join(where, "admin-ui/no_ui_files.cc"), encoding="utf-8") as f:
        source = f.read()
    with open(os.path.join(BUILD, "admin-ui/no_ui_files.cc"), encoding="utf-8") as f:
        eq(f.read(), source)    # the program below is made of the same


@test("such a program says at /ui/ that it has no page, and where the classic one is",
      only="sluice")
def _():
    p = Bare(TEXT)
    for path in ("/ui/", "/ui", "/ui/app.js"):
        answer = get(p.fe, path)
        eq((answer.status, answer.get("content-type")), (404, "text/html; charset=utf-8"), path)
        text = answer.body.decode()
        assert "built without it" in text and '<a href="/cl&amp;ssic">' in text, text
        assert "frame-ancestors 'none'" in answer.get("content-security-policy")
    page = get(p.fe, "/cl&ssic").body.decode()
    assert "Statistics Report" in page and "/ui/" not in page
    text = get(p.admin, "/ui/").body.decode()
    assert "built without it" in text and "stats enable" in text and "href" not in text, text


@test("its API, metrics and health go on", only="sluice")
def _():
    p = Bare(TEXT)
    for port in (p.fe, p.admin):
        for path in ("/healthz", "/readyz", "/metrics", "/api/state", "/api/openapi.json"):
            eq(get(port, path).status, 200, path)
    body = json.dumps({"actions": [{"target": "s:be/a", "set": "state", "value": "drain"}]})
    answer = get(p.fe, "/api/changes", [("content-type", "application/json")], method="POST",
                 body=body.encode())
    eq(answer.status, 200, answer)
    eq(stat(p, "be", "a")["status"], "DRAIN")


if __name__ == "__main__":
    main()
