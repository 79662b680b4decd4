# labels: quick
"""The configurations that we ship are valid, and the two spellings of one say the same."""
import os
import re
import subprocess
import sys

ROOT = __file__.rsplit("/tests/", 1)[0]
sys.path.insert(0, ROOT + "/tests/support")
from harness import *
from harness.process import binary


def text_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


@test("the demo's file is valid", only="sluice")  # its servers have roles
def _():
    eq(run_config(text_of("conf/demo.cfg"), "-c").code, 0)


@test("the image's files are valid")
def _():
    for name in ("docker/haproxy.cfg", "docker/answer.cfg"):
        done = run_config(text_of(name), "-c", environment={"NAME": "somebody"})
        eq(done.code, 0, done)


@test("the edge's file is valid, with certificates and a user that exist")
def _():
    certificates = Certificates()
    directory = certificates.path("certs")
    os.mkdir(directory)
    os.rename(certificates.make("shop.example"), os.path.join(directory, "shop.pem"))
    text = text_of("conf/edge-tls.cfg").replace("/etc/sluice/certs", directory)
    text = re.sub(r"^ +(user|group) sluice$", "", text, flags=re.M)
    text = text.replace("/run/sluice", certificates.directory)
    done = run_config(text, "-c")
    eq(done.code, 0, done)


@test("the file with admin sections is valid, and warns of nothing", only="sluice")
def _():
    certificates = Certificates()
    directory = certificates.path("certs")
    os.mkdir(directory)
    os.rename(certificates.make("admin.example"), os.path.join(directory, "admin.pem"))
    done = run_config(text_of("conf/admin.cfg").replace("/etc/sluice/certs", directory), "-c")
    eq((done.code, done.err), (0, ""), done)


@test("the book's file is valid in both spellings", differs="a section without mode is tcp there")
def _():
    eq(run_config(text_of("conf/book.cfg"), "-c").code, 0)
    eq(run_config(text_of("conf/book.ini"), "-c", suffix="ini").code, 0)


@test("book.ini is what convert makes of book.cfg", only="sluice")
def _():
    done = subprocess.run([binary(), "convert", os.path.join(ROOT, "conf/book.cfg")],
                          capture_output=True, text=True, timeout=20, check=False)
    eq(done.returncode, 0, done.stderr)

    def words(text):
        return [line.split() for line in text.splitlines()
                if line.strip() and not line.lstrip().startswith((";", "#"))]
    eq(words(done.stdout), words(text_of("conf/book.ini")))


if __name__ == "__main__":
    main()
