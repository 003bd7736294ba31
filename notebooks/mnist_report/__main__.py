"""The command line: python -m mnist_report report, sweep, compare, …"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mnist_report.errors import ReportError
from mnist_report.parameters import (
    Parameters,
    markdown_table,
    parse,
    read_file,
)

BUILT = Path("build/report")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return 0, 1 for a failure, 2 for a wrong parameter."""
    for stream in (sys.stdout, sys.stderr):
        # a terminal without these letters is no reason to fail
        stream.reconfigure(errors="replace")
    options = _parser().parse_args(arguments)
    if options.command == "parameters":
        print(markdown_table())
        return 0
    if options.command in ("sweep", "sweep-plan", "compare"):
        return _told(partial(_sweep, options))
    if options.command == "export":
        return _told(partial(_export, options.folder))
    if options.command == "verify":
        return _told(partial(_verify, options.target))
    if options.command == "reference":
        return _told(partial(_reference, options))
    try:
        in_file = read_file(options.parameters) if options.parameters else {}
        given = {name: parse(name, text) for name, text in options.p}
        parameters = Parameters.from_values(in_file | given)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 2
    return _told(partial(_report, options, in_file, given, parameters))


def _report(
    options: argparse.Namespace,
    in_file: dict[str, Any],
    given: dict[str, Any],
    parameters: Parameters,
) -> int:
    """Make one report."""
    # imported late: a wrong parameter is answered at once
    from mnist_report import run

    stem = options.parameters.stem if options.parameters else ""
    base = Parameters.model_construct(**in_file)
    run.report(
        in_file | given,
        options.notebook or run.NOTEBOOK,
        options.output or run.BUILD / run.run_name(parameters, base, stem),
    )
    return 0


def _export(folder: Path) -> int:
    """Write a finished run's model with its card."""
    # imported late, as the report's machinery above
    from mnist_report import model_card, run

    for path in sorted(model_card.export(folder.resolve()).iterdir()):
        print(run.shown(path))
    return 0


def _verify(target: Path) -> int:
    """Check a finished run, or a PDF alone."""
    # imported late, as the report's machinery above
    from mnist_report import references

    return references.verify(target)


def _reference(options: argparse.Namespace) -> int:
    """Make a finished run the reference of its configuration."""
    # imported late, as the report's machinery above
    from mnist_report import references

    left_out = {name: parse(name, text) for name, text in options.p}
    return references.renew(options.folder, options.seeds, left_out)


def _sweep(options: argparse.Namespace) -> int:
    """Run one of the commands on many runs."""
    # imported late, as the report's machinery above
    from mnist_report.sweep import commands

    return commands.run(options)


def _told(command: Callable[[], int]) -> int:
    """Return a command's status; say what went wrong without a traceback."""
    try:
        return command()
    except ReportError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt as error:
        print(error or "Stopped", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    parser = argparse.ArgumentParser(prog="python -m mnist_report")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("parameters", help="print the table of parameters")
    export = commands.add_parser("export", help="write a run's model")
    export.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=BUILT,
        metavar="FOLDER",
        help="a finished run",
    )
    verify = commands.add_parser("verify", help="check a run, or a PDF alone")
    verify.add_argument(
        "target", type=Path, nargs="?", default=BUILT, metavar="FOLDER|PDF"
    )
    reference = commands.add_parser("reference", help="renew a reference")
    reference.add_argument(
        "folder", type=Path, nargs="?", default=BUILT, metavar="FOLDER"
    )
    reference.add_argument(
        "--seeds",
        type=int,
        default=0,
        metavar="N",
        help="runs with other seeds, made for the tolerances",
    )
    _add_parameters(reference, "for these runs: one parameter")
    report = commands.add_parser("report", help="make the report")
    report.add_argument(
        "--parameters", type=Path, metavar="FILE", help="YAML file to read"
    )
    _add_parameters(report, "one parameter; goes before the file's")
    report.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where the report goes"
    )
    report.add_argument(
        "--notebook", type=Path, metavar="FILE", help="another notebook"
    )
    for name, words in {
        "sweep-plan": "check a sweep file and print what it will take",
        "sweep": "make the runs of a sweep and compare them",
    }.items():
        command = commands.add_parser(name, help=words)
        command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument(
        "--profile",
        default="local",
        metavar="NAME",
        help="where the runs go: local, slurm, or a folder of your own",
    )
    compare = commands.add_parser("compare", help="compare finished runs")
    compare.add_argument("runs", type=Path, nargs="+", metavar="FOLDER")
    compare.add_argument("--output", type=Path, metavar="FOLDER")
    return parser


def _add_parameters(command: argparse.ArgumentParser, words: str) -> None:
    command.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help=words,
    )


if __name__ == "__main__":
    sys.exit(main())
