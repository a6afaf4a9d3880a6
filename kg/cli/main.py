"""The group `kg`: which commands there are, and how an error becomes a message and an exit code.

Only click is imported here. A command's module is imported when that command runs, so that `kg --help` answers at
once.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

import click

from kg.errors import KgError, nearest
from kg.resources import VERSION

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "See in a minute what the program does.",
        "read": "Read guidance documents and show what they recommend.",
        "review": "List what waits for a person.",
        "decide": "Record how a document is read.",
        "build": "Build a store from documents and your releases.",
        "show": "Show all that is known of a code, concept or guidance.",
        "search": "Find concepts, codes and guidances by words.",
        "subsumes": "Tell whether A is at or below B: true or false.",
        "map": "Tell what a concept maps to, as combinations.",
        "combinations": "List the valid code combinations of a guidance.",
        "check": "Check records against the guidances of a store.",
        "identify": "Find the guidances that a record could mean.",
        "audit": "Hold a whole data set of episodes against all guidances.",
        "overlaps": "Tell which guidances coded data cannot tell apart.",
        "standards": "List the rules of the national standards and of packs.",
        "episodes": "Make episodes with the verdicts to expect.",
        "query": "Ask the store in SPARQL, by a named query or your own.",
        "render": "Write a recommendation as a document, for review.",
        "diff": "Tell what changed between two stores or editions.",
        "impact": "Tell which recommendations a new edition breaks.",
        "export": "Write the graph as RDF, SKOS, SSSOM, FHIR, CSV or SQL.",
        "serve": "Serve the store: a SPARQL endpoint and linked data.",
        "sample-release": "Write a made-up release for trying things out.",
        "doctor": "Tell versions, limits and the soundness of the store.",
    }
)
"""The commands in the order in which a person meets them, each with its line in `kg --help`."""

_INTERRUPTED, _DEFECT, _PIPE_CLOSED = 130, 70, 141


class LazyGroup(click.Group):
    """A group whose commands live in `kg.cli.<name>` as `command` and are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"kg.cli.{cmd_name.replace('-', '_')}").command
        command.short_help = COMMANDS[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of the first argument; KG-E0101 with the nearest names for one that there is not."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], list(COMMANDS))
            hint = f"Did you mean kg {near[0]}?" if near else "kg --help lists the commands."
            raise KgError("KG-E0101", f'no command is called "{args[0]}"', hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExample:\n  kg demo",
)
@click.version_option(VERSION, "-V", "--version", prog_name="kg", message="kg %(version)s")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error (any place).")
def cli() -> None:
    """Which code combinations does a guidance allow, and why?

    Reads published coding recommendations (OPCS-4, ICD-10, SNOMED CT) into a knowledge graph, tells the valid
    combinations, checks records against them and cites the words behind every answer.
    """


def run(argv: Sequence[str]) -> int:
    """Run one command line; what comes back is the exit code: 0 done, 1 wrong in the data, 2 wrong use.

    No exception leaves it: errors are told on stderr, without a traceback unless `--debug` is among the arguments.
    """
    words = list(argv)
    stop = words.index("--") if "--" in words else len(words)
    debug = "--debug" in words[:stop]
    words = [word for i, word in enumerate(words) if word != "--debug" or i > stop] or ["--help"]
    _prepare_streams()
    try:
        code = cli.main(words, prog_name="kg", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        code = _tell(KgError("KG-E0103", "interrupted", hint="What was there before is untouched."), debug)
    except KgError as error:
        code = _tell(error, debug)
    except click.UsageError as error:
        code = _tell(_misuse(error), debug)
    except BrokenPipeError:
        code = _pipe_closed()
    except OSError as error:
        code = _tell(_fault_of_system(error), debug)
    except Exception as error:  # noqa: BLE001  the outermost frame: here a defect becomes a message
        what = f"{type(error).__name__}: {error}".replace("\n", " ")
        hint = "This is not your fault. Run again with --debug and report what it prints."
        code = _tell(KgError("KG-E0105", what, hint=hint), debug)
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Write UTF-8 into pipes and files whatever the locale; never fail on a character that a terminal lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:
            continue
        if stream.isatty():
            reconfigure(errors="replace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _tell(error: KgError, debug: bool) -> int:
    """Print an error to stderr; what comes back is its exit code."""
    if debug and not isinstance(sys.exc_info()[1], click.UsageError):
        import traceback

        traceback.print_exc(file=sys.stderr)
    text = str(error)
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        text = click.style(error.id, fg="red", bold=True) + text.removeprefix(error.id)
    print(text, file=sys.stderr)
    return error.kind.exit


def _misuse(error: click.UsageError) -> KgError:
    """A mistake in the use of a command as one of ours, with what was probably meant."""
    command = error.ctx.command_path if error.ctx else "kg"
    hint = f"{command} --help shows how it is used."
    if isinstance(error, click.NoSuchOption):
        near = nearest(error.option_name, sorted({*(error.possibilities or ()), *_options(error.ctx)}))
        hint = f"Did you mean {near[0]}?" if near else hint
        return KgError("KG-E0101", f'{command} has no option "{error.option_name}"', hint=hint)
    what = error.format_message().rstrip(".")
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        given = re.search(r"'([^']*)' is not one of", error.message)
        near = nearest(given[1], [str(choice) for choice in error.param.type.choices]) if given else []
        hint = f"Did you mean {near[0]}?" if near else hint
    return KgError("KG-E0102", what[:1].lower() + what[1:], hint=hint)


def _options(ctx: click.Context | None) -> list[str]:
    """The options that the command at hand takes."""
    return [name for param in (ctx.command.params if ctx else ()) for name in param.opts if name.startswith("--")]


def _fault_of_system(error: OSError) -> KgError:
    """What the operating system refused, as one of ours; only what no command foresaw arrives here."""
    file = f": {error.filename}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return KgError(
            "KG-E0207", f"no space left on the device{file}", hint="Free some space and run the command again."
        )
    if isinstance(error, FileNotFoundError):
        return KgError("KG-E0201", f"no such file or folder{file}")
    if error.errno in (errno.EROFS, errno.EDQUOT, errno.EFBIG):
        return KgError("KG-E0206", f"{error.strerror}{file}")
    return KgError("KG-E0205", f"{error.strerror or error}{file}")


def _pipe_closed() -> int:
    """The reader of our output has gone (`| head`): nothing more to say, to nobody."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  so that the interpreter's last flush does not fail
    return _PIPE_CLOSED
