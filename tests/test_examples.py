"""The examples: the last line that each prints is the digest, the same on every engine and machine."""

import os
import subprocess
import sys

import pytest

import microbp

EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples")
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(microbp.__file__)))  # where this microbp is imported from
DIGESTS = {
    "watermelon": "28e8db0cc7d8a4ddb1756dc54ed2bc3b2192527a01b6ca76c387074b1e877672",
    "iris": "4a57823e663b89d54dd7be69131e28b84bb7efe918ea0b13ae0d2499b09693b2",
    "digits": "1ddb31477867c62e3a548ef094efc9a3511ca5496e318de9368958fb3182184c",
    "spirals": "1895def1d028316ba2dc560a9e96831943f867e500ce38ac8512c1744a6141e4",
}
FEWER = {"spirals": ["10"]}  # epochs: all of them take the Python engine minutes


@pytest.mark.parametrize("name", DIGESTS)
def test_an_example_prints_its_digest(name, engine):
    command = [sys.executable, os.path.join(EXAMPLES, f"{name}.py"), engine, *FEWER.get(name, [])]
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[-1] == DIGESTS[name]


def test_the_spirals_are_told_apart(engine):
    if engine == "python":
        pytest.skip("takes minutes")
    command = [sys.executable, os.path.join(EXAMPLES, "spirals.py"), engine]
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert "194 of 194 points right" in done.stdout
    assert done.stdout.split()[-1] == "a20d957418bad4a2ebcd122102f986f0f8c904ff11bc29fc64a16c9cc289f445"
