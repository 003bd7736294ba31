"""The commands on many runs, as the command line calls them."""

from __future__ import annotations

import argparse

from mnist_report.sweep import driver


def run(options: argparse.Namespace) -> int:
    """Run one command; return its exit status."""
    if options.command == "sweep-plan":
        driver.show_plan(options.file)
        return 0
    return driver.sweep(options.file, options.profile)
