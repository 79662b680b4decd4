# labels: quick
"""The manual: pages that man(1) takes without a word, with all that the tables have."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *
from harness.process import binary

PAGES = ("sluice.1", "sluice.cfg.5")


def says(*arguments):
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=20,
                          check=True).stdout


def written(page):
    directory = scratch()
    os.chmod(directory, 0o755)
    path = os.path.join(directory, page)
    with open(path, "w", encoding="utf-8") as f:
        f.write(says("manual", page))
    return path


def man(path, *arguments):
    return subprocess.run(
        ["man", *arguments, "-E", "UTF-8", "-l", path], capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "200",
                          "MANPAGER": "cat", "MAN_KEEP_FORMATTING": "", "MANOPT": ""})


def shown(page):
    """The page as a reader sees it, its breaks and hyphens undone."""
    done = man(written(page))
    eq(done.returncode, 0, done.stderr)
    return re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout))


@test("man has no warning of either page", only="sluice")
def _():
    for page in PAGES:
        done = man(written(page), "--warnings=w", "-Tutf8", "-Z")
        eq((done.returncode, done.stderr), (0, ""), page)


@test("mandoc finds no error in either page, where it is installed", only="sluice")
def _():
    if not shutil.which("mandoc"):
        print("mandoc is not installed")
        return
    for page in PAGES:
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", written(page)],
                              capture_output=True, text=True, timeout=60, check=False)
        eq(done.stdout, "", page)


@test("the index of manuals has a name and a line for each page", only="sluice")
def _():
    if not shutil.which("lexgrog"):
        print("lexgrog is not installed")
        return
    for page, wanted in (("sluice.1", "sluice - HTTP"), ("sluice.cfg.5", "sluice.cfg - conf")):
        done = subprocess.run(["lexgrog", written(page)], capture_output=True, text=True,
                              timeout=20, check=False)
        eq(done.returncode, 0, done.stdout + done.stderr)
        assert f'"{wanted}' in done.stdout, done.stdout


@test("sluice.1 has every flag and every command with its options", only="sluice")
def _():
    text, usage = shown("sluice.1"), says("--help")
    flags = re.findall(r"^  (-\S*)", usage, re.M)
    commands = re.findall(r"^  ([a-z][a-z-]+) ", usage, re.M)
    assert len(flags) > 15 and len(commands) > 8, usage
    for flag in flags:
        assert f" {flag} " in text, flag
    for command in commands:
        assert f" sluice {command} " in text, command
        for option in re.findall(r"^ +(--[a-z-]+)", says(command, "--help"), re.M):
            assert f" {option} " in text, f"{command} {option}"


@test("sluice.cfg.5 has all that a configuration may say", only="sluice")
def _():
    text = shown("sluice.cfg.5")
    for line in says("keywords", "--accepted").splitlines():
        word = line
        for group in ("global ", "resolvers ", "bind ", "server ", "cookie ", "stats socket ",
                      "fetch ", "converter ", "tag ", "acl predefined ", "acl -m "):
            if line.startswith(group):
                word = line.removeprefix(group)
        if word == line and " " in line and f" {line} " not in text:
            word = line.split()[-1]  # a word of that directive: "balance roundrobin"
        assert re.search(rf"[\s|!(\[{{]{re.escape(word)}[\s|,.)(\]}}<]", text), line
    for line in says("keywords").splitlines():
        keyword = line[:36].strip()
        assert f" {keyword}" in text, keyword


@test("both pages name the version, and a literal hyphen is one", only="sluice")
def _():
    version = re.search(r"version (\S+)", says("version")).group(1)
    for page in PAGES:
        assert f"Sluice {version}" in shown(page), page
    assert " -c -f /etc/sluice/sluice.cfg" in shown("sluice.1")


if __name__ == "__main__":
    main()
