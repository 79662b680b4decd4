"""The Debian package: what it holds, needs and says. SLUICE_PACKAGES names the folder where
scripts/package put it. tests/bare/package installs it."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, __file__.rsplit("/tests/", 1)[0] + "/tests/support")
from harness import *

FOLDER = os.environ.get("SLUICE_PACKAGES",
                        __file__.rsplit("/tests/", 1)[0] + "/build/package")


def package():
    found = glob.glob(f"{FOLDER}/*.deb")
    eq(len(found), 1, f"packages in {FOLDER}")
    return found[0]


def says(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout


def field(name):
    return says("dpkg-deb", "-f", package(), name).strip()


def unpacked():
    directory = scratch()
    subprocess.run(["dpkg-deb", "-R", package(), directory], timeout=60, check=True)
    return directory


def listed():
    """(rights, owner, path) of all that is in it."""
    return [(words[0], words[1], words[5][1:]) for words in
            (line.split() for line in says("dpkg-deb", "-c", package()).splitlines())]


@test("its name, version and needs")
def _():
    with open(__file__.rsplit("/tests/", 1)[0] + "/CMakeLists.txt", encoding="utf-8") as f:
        version = re.search(r"project\(sluice VERSION (\S+)", f.read()).group(1)
    eq((field("Package"), field("Version"), field("Section")), ("sluice", f"{version}-1", "net"))
    needs = re.findall(r"[\w.+-]+(?= \(|,|$)", field("Depends"))
    for wanted in ("adduser", "libc6", "libssl3", "libuv1", "libstdc++6", "libpcre2-8-0"):
        assert wanted in needs, needs
    eq(field("Description").splitlines()[0],
       "reverse proxy and load balancer that speaks HAProxy's language")


@test("files: what is there, whose it is, and who may write")
def _():
    paths = {path for _, _, path in listed()}
    for wanted in ("/usr/bin/sluice", "/usr/share/man/man1/sluice.1.gz",
                   "/usr/share/man/man5/sluice.cfg.5.gz", "/lib/systemd/system/sluice.service",
                   "/usr/share/bash-completion/completions/sluice",
                   "/usr/share/zsh/vendor-completions/_sluice", "/etc/sluice/sluice.cfg",
                   "/etc/logrotate.d/sluice", "/etc/rsyslog.d/49-sluice.conf",
                   "/usr/share/doc/sluice/copyright", "/usr/share/doc/sluice/changelog.gz",
                   "/usr/share/doc/sluice/changelog.Debian.gz",
                   "/usr/share/doc/sluice/operating.md",
                   "/usr/share/doc/sluice/examples/book.cfg"):
        assert wanted in paths, wanted
    for rights, owner, path in listed():
        eq(owner, "root/root", path)
        runs = path.endswith("/") or path == "/usr/bin/sluice"
        eq(rights[1:], "rwxr-xr-x" if runs else "rw-r--r--", path)


@test("all that is below /etc is a conffile, and nothing else is")
def _():
    etc = {path for _, _, path in listed() if path.startswith("/etc/") and path[-1] != "/"}
    with open(f"{unpacked()}/DEBIAN/conffiles", encoding="ascii") as f:
        eq(set(f.read().split()), etc)


@test("its checksums are those of its files")
def _():
    directory, checked = unpacked(), set()
    with open(f"{directory}/DEBIAN/md5sums", encoding="ascii") as f:
        for line in f:
            checksum, path = line.rstrip("\n").split("  ", 1)
            with open(f"{directory}/{path}", "rb") as data:
                eq(hashlib.md5(data.read()).hexdigest(), checksum, path)
            checked.add("/" + path)
    eq(checked, {path for _, _, path in listed() if path[-1] != "/"})


@test("the packaged program is stripped, hardened, and takes the packaged configuration")
def _():
    directory = unpacked()
    program = f"{directory}/usr/bin/sluice"
    sections = says("readelf", "-SW", program)
    assert ".symtab" not in sections and ".debug" not in sections
    dynamic = says("readelf", "-dW", program)
    assert "BIND_NOW" in dynamic and "PIE" in dynamic, dynamic
    headers = says("readelf", "-lW", program)
    assert "GNU_RELRO" in headers and re.search(r"GNU_STACK.* RW +0x", headers), headers
    assert re.search(r"__\w+_chk@", says("readelf", "-W", "--dyn-syms", program)), "not fortified"
    says(program, "-c", "-f", f"{directory}/etc/sluice/sluice.cfg")


@test("the unit is of the packaged paths")
def _():
    with open(f"{unpacked()}/lib/systemd/system/sluice.service", encoding="ascii") as f:
        assert "ExecStart=/usr/bin/sluice -db -f /etc/sluice/sluice.cfg\n" in f.read()


@test("the maintainer scripts are of sh, and leave alone what they are not called for")
def _():
    directory = unpacked()
    for name in ("postinst", "prerm", "postrm"):
        path = f"{directory}/DEBIAN/{name}"
        says("sh", "-n", path)
        assert os.access(path, os.X_OK), name
    for name, action in (("postinst", "triggered"), ("prerm", "upgrade")):
        done = subprocess.run(["/bin/sh", f"{directory}/DEBIAN/{name}", action, "0.0.1-1"],
                              capture_output=True, text=True, timeout=20, check=False,
                              env={"PATH": "/nowhere"})
        eq((done.returncode, done.stdout, done.stderr), (0, "", ""), f"{name} {action}")


@test("lintian has no error and no warning, where it is installed")
def _():
    if not shutil.which("lintian"):
        print("lintian is not installed")
        return
    done = subprocess.run(["lintian", "--fail-on", "error,warning", "--allow-root", package()],
                          capture_output=True, text=True, timeout=80, check=False)
    eq((done.returncode, done.stdout), (0, ""), done.stdout)


if __name__ == "__main__":
    main()
