"""An installation in a directory of the test's own, as a packager makes one."""
import os
import subprocess

from harness import *
from harness.process import binary


def build_of(program):
    """The build directory that holds this program."""
    found = os.path.dirname(os.path.dirname(os.path.abspath(program)))
    assert os.path.exists(f"{found}/cmake_install.cmake"), f"{program} lies in no build"
    return found


def cached(name):
    """A variable that the build was configured with."""
    with open(f"{build_of(binary())}/CMakeCache.txt", encoding="utf-8") as f:
        for line in f:
            if line.startswith(name + ":"):
                return line.rstrip("\n").partition("=")[2]
    return None


class Staged:
    """`prefix` is where it will be once it is moved to its place; path() is where it is now."""

    def __init__(self):
        self.root = scratch()
        os.chmod(self.root, 0o755)
        self.prefix = cached("CMAKE_INSTALL_PREFIX")
        self.again()

    def again(self):
        done = subprocess.run(
            ["cmake", "--install", build_of(binary())], capture_output=True, text=True, timeout=80,
            env={**os.environ, "DESTDIR": self.root}, check=False, umask=0o022)
        eq(done.returncode, 0, done.stdout + done.stderr)

    def path(self, below):
        """A path below the prefix, or one from the root."""
        return self.root + (below if below.startswith("/") else f"{self.prefix}/{below}")

    def text(self, below):
        with open(self.path(below), encoding="utf-8") as f:
            return f.read()

    def files(self):
        """All files, by their paths below the prefix where they are there."""
        out = set()
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)[len(self.root):]
                out.add(path.removeprefix(self.prefix + "/"))
        return out


UNIT = "lib/systemd/system/sluice.service"
BASH = "share/bash-completion/completions/sluice"
ZSH = "share/zsh/site-functions/_sluice"
