"""A sweep through its engine, with a notebook that is a toy."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import yaml
from toy import write_toy

from mnist_report.errors import ReportError
from mnist_report.sweep import driver, engine, store
from mnist_report.sweep.plan import read
from mnist_report.sweep.store import Store, sources

ROOT = Path(__file__).parents[1]
# waits or fails while a file says so
TRAINING = """\
import time
from pathlib import Path
here = Path(parameters.data_dir)
(here / f"seen-{parameters.seed}").touch()
while (here / f"wait-{parameters.seed}").exists():
    time.sleep(0.05)
if (here / f"fail-{parameters.seed}").exists():
    raise ValueError("the toy is broken")"""
START = """\
import sys
from pathlib import Path
from mnist_report.__main__ import main
from mnist_report.sweep import driver
driver.NOTEBOOK = Path(sys.argv[1])
driver.SWEEPS = Path(sys.argv[2])
driver.sweep.__defaults__ = (
    "local", driver.NOTEBOOK, driver.SWEEPS, None
)
from mnist_report.sweep import report
report.compare_sweep = None
sys.exit(main(["sweep", sys.argv[3]]))"""


@pytest.fixture
def toys(tmp_path):
    """Return a folder with a toy notebook and a sweep over two seeds."""
    write_toy(tmp_path / "toy.ipynb", training=TRAINING)
    sweep = {
        "name": "toys",
        "base": {"data_dir": str(tmp_path)},
        "points": {"as it is": {}},
        "seeds": 2,
        "minutes": 5,
        "reports": False,
    }
    (tmp_path / "toys.yaml").write_text(yaml.safe_dump(sweep))
    return tmp_path


def start(toys):
    """Start the sweep in a process of its own."""
    arguments = [toys / "toy.ipynb", toys / "sweeps", toys / "toys.yaml"]
    return subprocess.Popen(
        [sys.executable, "-c", START, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "notebooks")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell may have started these tests in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(process):
    """Return status and printed text of a sweep that ends by itself."""
    printed, errors = process.communicate(timeout=240)
    assert "Traceback" not in errors, errors
    return process.returncode, printed, errors


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def run_of(toys, seed):
    """Return the store and the name of the run with a seed."""
    here = Store(toys / "sweeps" / "toys")
    plan = read(toys / "toys.yaml")
    [name] = [n for n, run in plan.runs.items() if run.seed == seed]
    return here, name


def processes_of(toys):
    """Return what is at work on these toys."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if str(toys) in " ".join(process.info["cmdline"] or []):
            found.append(process)
    return found


def test_killed_sweep_goes_on_in_one_step(toys):
    (toys / "wait-1").touch()
    first = start(toys)
    here, done = run_of(toys, 0)
    wait_for(lambda: here.seal_file(done).exists())
    wait_for((toys / "seen-1").exists)
    written = here.results(done).stat().st_mtime_ns
    _, going = run_of(toys, 1)
    second = finish(start(toys))
    assert second[0] == 1
    assert "is going on in another process" in second[2]
    # everything but the run itself: the worst that can be left behind
    killed = [psutil.Process(first.pid)]
    killed += [
        each
        for each in killed[0].children(recursive=True)
        if "snakemake" in " ".join(each.cmdline())
        and "mnist_report.sweep.job" not in " ".join(each.cmdline())
    ]
    assert len(killed) > 1
    # the run's own files come last: nothing half-written counts
    for process in killed:
        process.send_signal(signal.SIGKILL)
    first.communicate(timeout=60)
    assert not here.results(going).exists()
    (toys / "wait-1").unlink()
    (toys / "seen-0").unlink()
    status, printed, _ = finish(start(toys))
    assert status == 0, printed
    assert "All 2 runs are done." in printed
    assert here.results(done).stat().st_mtime_ns == written, printed
    assert not (toys / "seen-0").exists()
    assert here.results(going).exists()
    assert not [
        p for p in (here.folder / "runs").iterdir() if p.name[0] == "."
    ]
    wait_for(lambda: not processes_of(here.folder), 10)


def test_change_that_is_undone_costs_no_run(toys):
    assert finish(start(toys))[0] == 0
    stores = [run_of(toys, seed) for seed in (0, 1)]
    written = [here.results(name).stat().st_mtime_ns for here, name in stores]
    path = toys / "toy.ipynb"
    original = path.read_bytes()
    write_toy(path, training=f"{TRAINING}\n# a remark")
    for seed in (0, 1):
        (toys / f"wait-{seed}").touch()
        (toys / f"seen-{seed}").unlink()
    process = start(toys)
    wait_for(lambda: list(toys.glob("seen-*")))
    os.killpg(process.pid, signal.SIGKILL)
    assert "2 runs made again" in process.communicate(timeout=60)[0]
    assert not any(here.sealed(name) for here, name in stores)
    path.write_bytes(original)
    status, printed, _ = finish(start(toys))
    assert status == 0
    assert "Nothing is left to be made." in printed
    assert written == [
        here.results(name).stat().st_mtime_ns for here, name in stores
    ]


def test_interrupted_sweep_says_how_to_go_on(toys):
    (toys / "wait-0").touch()
    process = start(toys)
    wait_for((toys / "seen-0").exists)
    process.send_signal(signal.SIGINT)
    status, _, errors = finish(process)
    assert status == 1
    assert "The same command goes on." in errors
    here, _ = run_of(toys, 0)
    wait_for(lambda: not processes_of(here.folder), 10)
    with here.locked():
        pass


def test_failed_run_stops_no_other_and_is_named(toys):
    (toys / "fail-1").touch()
    status, _, errors = finish(start(toys))
    here, failed = run_of(toys, 1)
    assert status == 1
    assert "1 of 2 runs are not done:" in errors
    assert f"  {failed}: ValueError: the toy is broken" in errors
    assert str(here.log(failed)) in errors
    assert "the toy is broken" in here.log(failed).read_text()
    kept = here.run(failed).with_name(f"{failed}.failed.ipynb")
    assert kept.is_file()
    _, edited = run_of(toys, 0)
    assert (here.run(edited) / "report.ipynb").is_file()
    benchmark = here.folder / "benchmarks" / f"{edited}.tsv"
    assert "max_rss" in benchmark.read_text()
    (toys / "fail-1").unlink()
    path = here.results(edited)
    path.write_text(path.read_text().replace("0.5", "0.123456"))
    status, printed, errors = finish(start(toys))
    assert status == 0, errors
    assert f"{edited}: its results.json was changed after the run" in printed
    assert "2 runs to be made" in printed
    assert "0.123456" not in path.read_text()
    assert not kept.exists()


@pytest.fixture
def sealed(toys):
    """Return the store of a sweep with one run that counts as done."""
    here, name = run_of(toys, 0)
    plan = read(toys / "toys.yaml")
    here.prepare(plan, toys / "toys.yaml")
    here.run(name).mkdir()
    here.results(name).write_text("{}")
    here.seal(name, {"sources": "a"})
    return here, plan, name


def test_fault_of_a_run(sealed):
    here, _, name = sealed
    assert here.fault(name, "a") is None
    assert "have changed" in here.fault(name, "b")
    here.results(name).write_text('{"')
    assert "was changed" in here.fault(name, "a")
    here.results(name).unlink()
    assert "was deleted" in here.fault(name, "a")
    here.seal_file(name).write_text('{"')
    assert here.fault(name, "a") == "not done"


def test_seal_that_was_set_aside_counts_again(sealed):
    here, _, name = sealed
    assert "have changed" in here.fault(name, "b")
    here.set_aside(name)
    assert not here.seal_file(name).exists()
    assert here.fault(name, "b") == "not done"
    assert here.damage(name) == "not done"
    # the change is undone before the run was made again
    assert here.fault(name, "a") is None
    here.take_up(name)
    assert here.sealed(name)["sources"] == "a"
    assert not here.former_file(name).exists()
    # killed between the new folder and its seal
    here.set_aside(name)
    here.results(name).write_text('{"new": 1}')
    assert here.fault(name, "a") == here.fault(name, "b") == "not done"
    here.seal(name, {"sources": "b"})
    assert here.fault(name, "b") is None
    assert not here.former_file(name).exists()


def test_only_what_is_to_be_made_is_unsealed(sealed):
    here, plan, name = sealed
    assert driver._to_be_made(here, plan, "b") == list(plan.runs)
    assert here.sealed(name)
    driver._unseal(here, plan, list(plan.runs))
    assert here.sealed(name) is None
    todo = driver._to_be_made(here, plan, "a")
    assert todo == [each for each in plan.runs if each != name]
    driver._unseal(here, plan, todo)
    assert here.damage(name) is None


def test_plan_counts_what_the_sweep_would_keep(sealed, toys, capsys):
    here, _, name = sealed

    def shown():
        driver.show_plan(toys / "toys.yaml", toys / "sweeps")
        return capsys.readouterr().out

    here.seal(name, {"sources": sources(driver.NOTEBOOK)})
    assert "Done already: 1." in shown()
    assert "1 run to be made" in shown()
    here.results(name).write_text("[]")
    assert "Done already" not in shown()
    assert f"{name}: its results.json was changed" in shown()
    here.seal(name, {"sources": "of yesterday"})
    assert "1 run made again: the notebook's cells or the" in shown()
    other = toys / "other.yaml"
    other.write_text((toys / "toys.yaml").read_text())
    with pytest.raises(ReportError, match="Two sweeps are called toys"):
        driver.show_plan(other, toys / "sweeps")


def test_failures_are_told_in_full(sealed):
    here, plan, name = sealed
    cause = "Parameters that cannot be used:\n  batch_size: 5000\n  more"
    here.state_file(name).write_text(
        json.dumps({"state": "failed", "cause": cause})
    )
    told = driver._failures(here, plan, [name])
    assert f"{name}: Parameters that cannot be used: batch_size: 5000\n" in (
        told
    )
    assert "more, see" not in told
    here.state_file(name).write_text('{"state": "failed", "cause": ""}')
    here.set_aside(name)
    assert f"{name}: not done\n" in driver._failures(here, plan, [name])
    assert "and 1 more, see" in driver._failures(here, plan, [name] * 21)


def test_log_is_told_from_its_first_error_on():
    rest = [f"  line {number}" for number in range(30)]
    for first in (
        "sinfo: error: no configuration",
        "Job submission failed with exception: no cluster",
        "WorkflowError:",
        "MissingInputException in rule run:",
    ):
        lines = ["Directory: /build/error-rates", "Execute 2 jobs...", first]
        told = driver._trouble([*lines, *rest])
        assert told == [first, *rest[:11]]
    assert driver._trouble(rest) == rest[-12:]


@pytest.mark.parametrize("file", ["toys", "toys/runs", "toys/former"])
def test_folder_that_cannot_be_written_is_told(toys, file, capsys):
    path = toys / "sweeps" / file
    path.parent.mkdir(parents=True)
    path.write_text("a file")
    places = toys / "toy.ipynb", toys / "sweeps"
    with pytest.raises(ReportError, match=r"toys: .*\.\nMake room") as told:
        driver.sweep(toys / "toys.yaml", "local", *places)
    assert "--output" not in str(told.value)
    driver.show_plan(toys / "toys.yaml", toys / "sweeps")
    assert "2 runs to be made" in capsys.readouterr().out


def test_forecast_counts_the_cores_that_there_are(toys, capsys, monkeypatch):
    monkeypatch.setattr(driver, "allowed_cores", lambda: 2)

    def shown(**keys):
        sweep = yaml.safe_load((toys / "toys.yaml").read_text()) | keys
        (toys / "toys.yaml").write_text(yaml.safe_dump(sweep))
        driver.show_plan(toys / "toys.yaml", toys / "sweeps")
        return capsys.readouterr().out

    assert shown(threads=2) == shown(threads=64)
    assert "(at 8 W for each core)" in shown()
    assert "(at 3 W for each core)" in shown(base={"core_watts": [1.0, 9.0]})


def test_missing_comparison_is_told(sealed, toys, capsys, monkeypatch):
    here, _, name = sealed
    here.seal(name, {"sources": sources(toys / "toy.ipynb")})
    monkeypatch.setattr(driver, "_run", lambda *_: None)
    monkeypatch.setattr(engine, "snakemake", lambda _: None)
    places = toys / "toy.ipynb", toys / "sweeps"
    assert driver.sweep(toys / "toys.yaml", "local", *places, pytest.fail)
    assert "nothing to compare: two runs are the" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("training", "attempts"),
    [
        ("parameters.check_against(1, 10)", 1),
        ("raise ValueError('the toy is broken')", 2),
    ],
)
def test_what_cannot_succeed_is_tried_once(toys, training, attempts):
    count = "from pathlib import Path\nhere = Path(parameters.data_dir)\n"
    count += "(here / 'tried').open('a').write('x')\n"
    write_toy(toys / "toy.ipynb", training=count + training)
    here, name = run_of(toys, 0)
    here.prepare(read(toys / "toys.yaml"), toys / "toys.yaml")
    arguments = [here.folder, name, toys / "toy.ipynb"]
    for _ in range(2):
        tried = subprocess.run(
            [sys.executable, "-m", "mnist_report.sweep.job", *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT / "notebooks")},
            capture_output=True,
            text=True,
        )
        assert tried.returncode == 1
        assert here.state(name)["cause"].splitlines()[0] in tried.stderr
    assert (toys / "tried").read_text() == "x" * attempts


def test_sweep_of_another_file_is_refused(sealed, toys):
    here, plan, _ = sealed
    other = toys / "other.yaml"
    other.write_text("name: toys")
    with pytest.raises(ReportError, match="Two sweeps are called toys"):
        here.prepare(plan, other)
    (toys / "toys.yaml").unlink()
    here.prepare(plan, other)


def test_two_at_once_are_refused(sealed):
    here, *_ = sealed
    with (
        here.locked(),
        pytest.raises(ReportError, match="in another process"),
        here.locked(),
    ):
        pass
    with here.locked():
        pass


def test_sources_are_cells_and_modules(toys, monkeypatch, tmp_path):
    package = tmp_path / "package"
    for name in ("statistics.py", "run.py", "sweep/tables.py"):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(store, "PACKAGE", package)
    path = toys / "toy.ipynb"
    before = sources(path)
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[0].outputs = [nbformat.v4.new_output("stream", text="new")]
    code[0].execution_count = 3
    nbformat.write(notebook, path)
    assert sources(path) == before
    (package / "run.py").write_text("1")
    (package / "sweep" / "tables.py").write_text("1")
    assert sources(path) == before
    (package / "statistics.py").write_text("1")
    changed = sources(path)
    assert changed != before
    code[0].source += "\n1"
    nbformat.write(notebook, path)
    assert sources(path) != changed


def test_progress_tells_done_running_failed(sealed, capsys):
    here, plan, _ = sealed
    names = list(plan.runs)
    progress = driver._Progress(here, plan, names)
    assert progress.line() == "0 of 2 runs done · 0 running"

    def tell(*states):
        for name, state in zip(names, states, strict=True):
            here.state_file(name).write_text(json.dumps({"state": state}))

    tell("running", "failed")
    assert progress.line() == "0 of 2 runs done · 1 running · 1 failed"
    tell("running", "done")
    progress.started -= 100
    assert progress.line() == (
        "1 of 2 runs done · 1 running · about 50 s left"
    )


def test_profile_is_ours_or_a_folder(tmp_path):
    assert engine.executor(engine.profile("local")) == "local"
    assert engine.executor(engine.profile("slurm")) == "slurm"
    (tmp_path / "config.yaml").write_text("executor: slurm\n")
    assert engine.executor(engine.profile(str(tmp_path))) == "slurm"
    (tmp_path / "config.yaml").write_text("cores: [")
    with pytest.raises(ReportError, match=r"Profile .*config.yaml, line 1"):
        engine.executor(tmp_path)
    with pytest.raises(ReportError, match="neither local, slurm nor"):
        engine.profile("cluster")
    with pytest.raises(ReportError, match="executor lsf is provided"):
        engine.snakemake("lsf")


def test_engine_is_pinned():
    for path in engine.LOCKS.glob("*.txt"):
        assert "snakemake>=9,<10" in path.read_text()
        lock = path.with_suffix(".lock").read_text()
        assert "\nsnakemake==9." in lock
        assert lock.count("--hash=") > 50


def test_comparison_of_nothing_says_what_to_name():
    command = ["make", "--dry-run", "--directory", ROOT, "compare", "ARGS="]
    tried = subprocess.run([*command, "RUNS="], capture_output=True, text=True)
    assert tried.returncode
    assert 'make compare RUNS="FOLDER FOLDER"' in tried.stderr
    tried = subprocess.run([*command, "RUNS=a b"], capture_output=True)
    assert not tried.returncode


def test_cluster_test_removes_its_own_alone():
    script = (ROOT / "tests" / "slurm.sh").read_text()
    removed = re.findall(r"rm -rf (.*)", script)
    assert removed == ['"$here"', '"build/sweeps/$name"']
    assert "name=slurm-test-$(date +%s)\n[ ! -e " in script
