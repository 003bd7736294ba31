"""Make .venv hold what .requirements.lock names; needs Python alone.

A fresh Debian has neither pip nor ensurepip, so uv is fetched from the
package index like any wheel, checked against the lock, and does the rest.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / ".requirements.lock"
VENV = ROOT / ".venv"
READY = VENV / ".ready"
VERSIONS = ("3.11", "3.12", "3.13")
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PYPI = "https://pypi.org/simple"
SYSTEMS = {"Linux": "manylinux", "Darwin": "macosx"}


def main():
    """Set up .venv; it counts as whole once its stamp is written."""
    started = time.time()
    python = find_python()
    print("Setting up .venv; the first time takes minutes.", flush=True)
    given = [os.environ.get(name) for name in INDEX_VARIABLES]
    index = next(filter(None, given), PYPI)
    binary = fetch_uv(index.rstrip("/") + "/")
    if READY.exists():
        READY.unlink()
    shutil.rmtree(str(VENV), ignore_errors=True)
    VENV.mkdir()
    uv = VENV / "uv"
    uv.write_bytes(binary)
    uv.chmod(0o755)
    run(uv, "venv", "--allow-existing", "--python", python, VENV)
    sync = ["pip", "sync", "--require-hashes", "--default-index", index]
    # compiled once here, not by every process where Python may not store it
    sync.append("--compile-bytecode")
    run(uv, *sync, "--python", VENV / "bin" / "python", LOCK)
    uv.unlink()
    for packages in VENV.glob("lib/python*/site-packages"):
        link = os.path.relpath(str(ROOT / "notebooks"), str(packages))
        (packages / "mnist_report.pth").write_text(link + "\n")
    READY.touch()
    print(f"Set up in {time.time() - started:.0f} s.", flush=True)


def find_python():
    """Return a Python of a version that the lock fits."""
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if ours in VERSIONS:
        return sys.executable
    names = [f"python{version}" for version in VERSIONS]
    found = next(filter(None, map(shutil.which, names)), None)
    return found or sys.exit(
        f"Python 3.11, 3.12 or 3.13 is needed; this one is {ours}.\n"
        "Install one, or name it: make PYTHON=/path/to/python3.12"
    )


def fetch_uv(index):
    """Return the uv that the lock names, checked against its hashes."""
    pattern = re.compile(r"^uv==(\S+).*?(?=^\S)", re.MULTILINE | re.DOTALL)
    entry, version = pattern.search(LOCK.read_text()).group(0, 1)
    system, machine = platform.system(), platform.machine()
    name = f"uv-{version}-py3-none-{SYSTEMS.get(system, system)}"
    try:
        page = get(urljoin(index, "uv/")).decode()
        links = re.findall(r'href="([^"]+)"', page)
        fitting = [x for x in links if name in x and machine in x]
        wheel = get(urljoin(urljoin(index, "uv/"), fitting[0]))
    except (OSError, IndexError) as error:
        sys.exit(
            f"Cannot fetch uv {version} for {system} {machine} from the "
            f"package index: {error}.\nMend the network, or name another "
            "index: export UV_DEFAULT_INDEX=https://…"
        )
    if hashlib.sha256(wheel).hexdigest() not in entry:
        sys.exit("The package index gives another uv than the lock names.")
    archive = zipfile.ZipFile(io.BytesIO(wheel))
    return archive.read(f"uv-{version}.data/scripts/uv")


def get(address):
    """Return what is at an address."""
    try:
        return urlopen(address, timeout=60).read()
    except URLError as error:
        if not isinstance(error.reason, ssl.SSLCertVerificationError):
            raise
        # no certificates on this machine: the lock's hash is the check
        context = ssl._create_unverified_context()
        return urlopen(address, timeout=60, context=context).read()


def run(uv, *arguments):
    """Run uv; end if it fails."""
    options = ["--quiet", "--no-python-downloads"]
    if subprocess.call([str(uv), *options, *map(str, arguments)]):
        sys.exit("The set-up failed; mend the cause and run it again.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped; .venv is not whole, the next make starts it anew.")
