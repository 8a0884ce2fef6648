"""Set up govsim and run it: `python3 dev.py demo` or `python3 dev.py test`. Needs only Python itself."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file also has to speak on a Python that is too old
    sys.exit(f"govsim needs Python 3.11 or newer; this is {sys.version_info[0]}.{sys.version_info[1]}.")

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

DEMO = ["-m", "govsim", "compare", "scenarios/putuo.toml", "--sample", "0.12", "--replicates", "6", "--out", "demo-results"]
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
}
PYTEST = ["-m", "pytest", "-n", "2"]  # a later -n wins, so `dev.py test -n 0 --pdb` works

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MADE = VENV / "govsim-made"  # written when the bare environment is whole
INTERRUPTED = 130

USAGE = """usage: python3 dev.py demo [words for govsim compare]
       python3 dev.py test [words for pytest; with any, only pytest runs]"""


def say(text: str) -> None:
    print("dev.py: " + text, flush=True)


def call(*words: str | Path) -> int:
    """Run a command in the repository to its end; Ctrl-C reaches it, and its own exit code comes back."""
    environment = dict(os.environ)
    if os.name == "nt":
        environment["PYTHONUTF8"] = "1"  # an installation path may be Chinese
    child = subprocess.Popen([str(word) for word in words], cwd=ROOT, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    interrupted = False
    while True:
        try:
            code = child.wait()
            break
        except KeyboardInterrupt:  # the child got it too: let it finish tidily
            interrupted = True
    if interrupted or code in (-signal.SIGINT, -signal.SIGTERM):
        say("interrupted; run the same command again to go on")
        sys.exit(INTERRUPTED)
    return code if code >= 0 else 128 - code


def digest(*parts: str | bytes) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def set_up(extra: str) -> None:
    """Make .venv hold the pinned packages; whatever was not finished, or has changed since, is done again."""
    home = digest(sys.version, str(ROOT))
    wanted = digest(home, (ROOT / "pyproject.toml").read_bytes(), (ROOT / "constraints.txt").read_bytes())
    stamps = {name: VENV / ("govsim-ready-" + name) for name in ("base", "test")}
    whole = PYTHON.exists() and MADE.exists() and MADE.read_text() == home
    enough = [stamps["test"]] if extra == "test" else list(stamps.values())
    if whole and any(stamp.exists() and stamp.read_text() == wanted for stamp in enough):
        return

    say("setting up .venv (first time: 1-4 minutes)")
    began = time.monotonic()
    if not whole:
        if Path(sys.prefix).resolve() == VENV:
            sys.exit("dev.py: .venv has to be made anew; leave it first (deactivate), then run this again.")
        if call(sys.executable, "-m", "venv", "--clear", VENV):
            sys.exit(
                "dev.py: the virtual environment .venv could not be made (see above).\n"
                "On Debian or Ubuntu: apt-get install python3-venv"
            )
        MADE.write_text(home)
    for stamp in stamps.values():
        stamp.unlink(missing_ok=True)
    target = ".[test]" if extra == "test" else "."
    # The relative path matters: pip splits PIP_CONSTRAINT, but not -c, at the spaces of a folder's name.
    if call(PYTHON, "-m", "pip", "install", "-q", "-c", "constraints.txt", "-e", target):
        sys.exit("dev.py: pip could not install the packages (see above); run this again to retry.")
    stamps[extra].write_text(wanted)
    say(f"ready after {time.monotonic() - began:.0f} s")


def demo(words: list[str]) -> int:
    set_up("base")
    return call(PYTHON, *DEMO, *words)


def test(words: list[str]) -> int:
    """Run every check, the later ones also after a failure; the first failure's exit code is handed on."""
    set_up("test")
    stages = {"pytest": [*PYTEST, *words]} if words else {**CHECKS, "pytest": PYTEST}
    codes = []
    for name, command in stages.items():
        began = time.monotonic()
        codes.append(call(PYTHON, *command))
        verdict = f"FAILED (exit {codes[-1]})" if codes[-1] else "passed"
        say(f"{name} {verdict}, {time.monotonic() - began:.1f} s")
    return next((code for code in codes if code), 0)


def main(arguments: list[str]) -> int:
    commands = {"demo": demo, "test": test}
    if not arguments or arguments[0] not in commands:
        print(USAGE)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    return commands[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
