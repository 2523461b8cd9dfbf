"""Writes the hashes of the emulator's packages: `python3 pin.py`, after a version in `src/overlay/requirements.txt` changed.

The hashes are those of PyPI: pure wheels, and wheels for Python 3.10 to 3.14 on Linux and macOS, x86-64 and ARM.
"""

import json
import pathlib
import re
import urllib.request

LIST = pathlib.Path(__file__).parent / "src/overlay/requirements.txt"
PYTHONS = {"py3", "py2", "cp310", "cp311", "cp312", "cp313", "cp314"}
PLATFORM = re.compile(r"any|(many|musl)linux\w*_(x86_64|aarch64)|macosx\w*_(x86_64|arm64|universal2)")


def fits(wheel):
    """Whether a file is a wheel for a supported Python and platform; `abi3` is for all later Pythons."""
    python, abi, platforms = wheel.removesuffix(".whl").split("-")[-3:]
    stable = abi == "abi3" and int(python.removeprefix("cp3")) <= 14
    supported = stable or not PYTHONS.isdisjoint(python.split(".")) and not abi.endswith("t")
    return supported and any(PLATFORM.fullmatch(platform) for platform in platforms.split("."))


def hashes(name, version):
    """The hashes of a version's wheels, from the index that pip reads (PEP 691)."""
    kind = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urllib.request.urlopen(urllib.request.Request(f"https://pypi.org/simple/{name.lower()}/", headers=kind)) as answer:
        files = json.load(answer)["files"]
    of_version = f"-{version}-"
    wheels = [it for it in files if it["filename"].endswith(".whl") and of_version in it["filename"] and fits(it["filename"])]
    assert wheels, f"{name}=={version} has no wheel"
    return sorted(it["hashes"]["sha256"] for it in wheels)


head, pins = [], []
for line in LIST.read_text().splitlines():
    if line.startswith("#"):
        head.append(line)
    elif "==" in line:
        pins.append(line.split()[0])
blocks = [" \\\n    ".join([pin, *(f"--hash=sha256:{it}" for it in hashes(*pin.split("==")))]) for pin in pins]
LIST.write_text("\n".join([*head, *blocks, ""]))
