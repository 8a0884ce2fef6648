"""`govsim`: reads the words of the command line, does one verb, and returns its exit code.

0 all done; 1 some runs failed; 2 bad scenario or usage; 3 output folder busy or holding another experiment; 4 disk;
130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

from govsim import __version__
from govsim.cli import compare, describe, experiment, import_district, patterns, programmes, run, screen, why
from govsim.cli.carrying_out import INTERRUPTED, STOPPING
from govsim.cli.parsing import Parser
from govsim.cli.speech import Speech, explain, speech
from govsim.errors import GovsimError, StorageError


def parser(say: Speech) -> Parser:
    """The whole command line."""
    about = say(
        "Simulates how urban neighbourhoods are governed, resident by resident, and compares programmes.",
        "逐个居民模拟城市小区治理，比较各种治理项目。",
    )
    example = say("For a start: govsim compare classroom", "先试一试：govsim compare classroom")
    top = Parser(say, "govsim", about, example)
    top.options.add_argument(
        "--version", action="version", version=f"govsim {__version__}", help=say("print the version", "显示版本")
    )
    top.set_defaults(act=None)
    verbs = top.add_subparsers(title=say("commands", "命令"), metavar="COMMAND", dest="verb")
    for verb in (run, compare, screen, experiment, why, patterns, describe, programmes, import_district):
        about = verb.ABOUT[0 if say.spoken == "en" else 1]
        one = verbs.add_parser(verb.NAME, help=about, say=say, prog=f"govsim {verb.NAME}", about=about)
        verb.arguments(one)
        one.set_defaults(act=verb.act)
    return top


def script() -> int:
    """The command as a program: once it has been interrupted, a further signal on the way out changes nothing."""
    code = _main(None)
    if code == INTERRUPTED:
        for s in STOPPING:
            signal.signal(s, signal.SIG_IGN)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the words say (those of the command line unless given) and return the exit code; signals are as before."""
    before = {s: signal.getsignal(s) for s in STOPPING}
    try:
        return _main(argv)
    finally:
        if threading.current_thread() is threading.main_thread():
            for s, handler in before.items():
                signal.signal(s, handler)


def _main(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    say = speech(words, os.environ, sys.stdout.encoding or "ascii")
    try:
        top = parser(say)
        said = top.parse_args(words)
        if said.act is None:
            top.print_help()
            return 2
        code: int = said.act(said, say)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # of argparse: help, version, or a complaint already printed
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        _tell(say("interrupted", "已中断"))
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except GovsimError as error:
        _tell(explain(error, say))
        return error.exit_code
    except OSError as error:
        storage = StorageError(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
        _tell(explain(storage, say))
        return storage.exit_code


def _tell(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"govsim: {text}\n")
