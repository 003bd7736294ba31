"""PyTorch without its compiler and without pages that only loading needed."""

import subprocess
import sys

import pytest

PREPARE = """
import sys
import torch
from mnist_report import lean

def resident(kind="VmRSS"):
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(kind))
    return int(line.split()[1]) * 1024

def train():
    network = torch.nn.Linear(3, 2)
    optimiser = torch.optim.AdamW(network.parameters(), 0.1)
    before = network.weight.clone()
    network(torch.ones(4, 3)).sum().backward()
    optimiser.step()
    optimiser.load_state_dict(optimiser.state_dict())
    assert not torch.equal(before, network.weight)

def has_compiler():
    return "torch._dynamo.convert_frame" in sys.modules
"""


def run(script):
    """Run a script in a process that has imported nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_optimisers_step_without_the_compiler():
    script = "lean.spare_compiler(); train(); print(has_compiler())"
    assert run(script) == ["False"]
    assert run("train(); print(has_compiler())") == ["True"]


def test_compiler_is_there_for_who_asks_for_it():
    found = run("""
lean.spare_compiler()
train()
import torch._dynamo.config
double = torch.compile(lambda x: 2 * x, backend="eager")
train()
print(has_compiler(), double(torch.ones(1)).item())
""")
    assert found == ["True", "2.0"]


def test_compiler_that_is_there_stays():
    found = run("""
import torch._dynamo
lean.spare_compiler()
print(torch._dynamo.__file__ is not None)
""")
    assert found == ["True"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pages_of_libraries_are_given_back():
    before, after, later = map(
        int,
        run("""
print(resident("RssFile"))
lean.release_libraries()
print(resident("RssFile"))
lean.spare_compiler()
train()
print(resident("RssFile"))
"""),
    )
    assert after < before / 2
    assert after < later < before
