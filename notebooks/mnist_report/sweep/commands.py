"""The commands on many runs, as the command line calls them."""

from __future__ import annotations

import argparse

from mnist_report.sweep import driver


def run(options: argparse.Namespace) -> int:
    """Run one command; return its exit status."""
    if options.command == "sweep-plan":
        driver.show_plan(options.file)
        return 0
    # imported late: a plan is checked at once
    from mnist_report.sweep import report

    if options.command == "sweep":
        return driver.sweep(
            options.file, options.profile, compare=report.compare_sweep
        )
    report.compare_runs(options.runs, options.output)
    return 0
