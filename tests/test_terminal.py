"""What the terminal shows, and the events it hears of."""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mnist_report import execution, progress
from mnist_report.execution import CELLS_REMEMBERED, Execution
from mnist_report.terminal import Terminal, about, duration, memory_in_use


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self):
        return self.now


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def terminal(tmp_path, clock, monkeypatch):
    events = tmp_path / "events"
    monkeypatch.setenv(progress.VARIABLE, str(events))
    return Terminal(events, io.StringIO(), clock)


def test_progress_without_a_listener_does_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    progress.update("seed 0", 1, 10)
    assert list(tmp_path.iterdir()) == []


def test_events_of_many_writers_never_mix(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "events"))

    def write(seed):
        for epoch in range(100):
            progress.update(f"seed {seed}", epoch, 100)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    lines = (tmp_path / "events").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 400


def test_line_counts_epochs_and_seeds(terminal, clock):
    terminal.enter("Training", 0.5, 30.0)
    for seed in range(3):
        progress.update(f"seed {seed}", 0, 10)
    terminal.refresh()
    assert terminal.line() == "Training · 0 of 30 epochs · 0 of 3 seeds"
    clock.now = 40.0
    progress.update("seed 0", 10, 10)
    progress.update("seed 1", 2, 10)
    terminal.refresh()
    assert terminal.line() == (
        "Training · 12 of 30 epochs · 1 of 3 seeds · about 90 s left"
    )


def test_time_left_is_known_from_earlier_runs(terminal, clock):
    terminal.knows = True
    terminal.enter("Baselines", 20.0, 200.0)
    assert terminal.line() == "Baselines · about 4 min left"
    clock.now = 15.0
    assert terminal.seconds_left() == 205.0
    clock.now = 50.0
    assert terminal.seconds_left() == 200.0


def test_time_of_one_configuration_tells_nothing_of_another(terminal):
    cells = [new_code_cell("1"), new_markdown_cell("A"), new_code_cell("2")]
    notebook, seconds = new_notebook(cells=cells), {}
    first = Execution(terminal, seconds, {"num_epochs": 1})
    first.start(notebook)
    assert not terminal.knows
    for index in (0, 2):
        first.on_cell_start(cells[index], index)
        first.on_cell_executed(cells[index])
    Execution(terminal, seconds, {"num_epochs": 10}).start(notebook)
    assert not terminal.knows
    Execution(terminal, seconds, {"num_epochs": 1}).start(notebook)
    assert terminal.knows


def test_times_of_the_oldest_cells_are_forgotten(tmp_path):
    seconds = {str(cell): 1.0 for cell in range(CELLS_REMEMBERED + 2)}
    execution.write_seconds(tmp_path / "seconds", seconds)
    kept = list(execution.read_seconds(tmp_path / "seconds"))
    assert kept == list(seconds)[2:]


def test_next_cell_starts_its_own_count(terminal, clock):
    progress.update("seed 0", 1, 1)
    terminal.enter("Training", 1.0, 1.0)
    terminal.enter("Results", 1.0, 1.0)
    assert terminal.line() == "Results · a few seconds left"


def test_stage_may_be_announced_a_cell_before(terminal, clock):
    for seed in range(2):
        progress.update(f"seed {seed}", 0, 10)
    clock.now = 100.0
    terminal.enter("Training", 1.0, 0.0)
    clock.now = 110.0
    progress.update("seed 1", 5, 10)
    terminal.refresh()
    assert terminal.line() == (
        "Training · 5 of 20 epochs · 0 of 2 seeds · about 30 s left"
    )


def test_half_an_event_waits_for_its_end(terminal):
    terminal.enter("Training", 1.0, 1.0)
    progress.update("seed 0", 1, 2)
    text = terminal.events.read_text()
    terminal.events.write_text(text + '{"stage": "se')
    terminal.refresh()
    terminal.events.write_text(text + text.replace("1, ", "2, "))
    terminal.refresh()
    assert "2 of 2 epochs" in terminal.line()


def test_log_gets_a_line_now_and_then(terminal, clock):
    terminal.enter("Training", 1.0, 1.0)
    for second in range(60):
        clock.now = second
        progress.update("seed 0", second, 60)
        terminal.refresh()
    lines = terminal.stream.getvalue().splitlines()
    assert 4 <= len(lines) <= 6
    assert "\r" not in terminal.stream.getvalue()


def test_screen_gets_one_line_that_fits(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    terminal.stream = Screen()
    with terminal:
        terminal.enter("A section with a very long name", 1.0, 1.0)
        terminal.refresh()
    lines = re.split(r"\r\x1b\[2K", terminal.stream.getvalue())
    assert max(map(len, lines)) < 20
    assert lines[-1] == ""
    assert "\n" not in terminal.stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "a few seconds left"),
        (12, "about 10 s left"),
        (88, "about 90 s left"),
        (100, "about 2 min left"),
        (600, "about 10 min left"),
    ],
)
def test_rough_time(seconds, text):
    assert about(seconds) == text


def test_duration():
    assert duration(59.4) == "59 s"
    assert duration(119.6) == "2 min 0 s"


def test_memory_is_that_of_a_process():
    assert 10e6 < memory_in_use() < 10e9


def test_a_message_stands_on_a_line_of_its_own(terminal):
    progress.say("Digits stand in for MNIST.")
    progress.update("seed 0", 1, 2)
    terminal.refresh()
    assert "Digits stand in for MNIST.\n" in terminal.stream.getvalue()
    assert terminal.seconds_left() >= 0


def test_a_message_clears_the_changing_line(terminal, clock, monkeypatch):
    monkeypatch.setattr(terminal, "stream", Screen())
    progress.say("Digits stand in for MNIST.")
    terminal.refresh()
    assert terminal.stream.getvalue() == (
        "\r\x1b[2KDigits stand in for MNIST.\n"
    )
