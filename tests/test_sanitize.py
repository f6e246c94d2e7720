"""The engine, its teams too, under AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer and valgrind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sanitize")


@pytest.mark.skipif(sys.platform != "linux", reason="the tools are set up for Linux")
@pytest.mark.parametrize("way", ["address", "thread", "valgrind"])
def test_no_report(way, tmp_path):
    tool = "valgrind" if way == "valgrind" else "cc"
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    if tool == "cc":
        probe = tmp_path / "probe.c"
        probe.write_text("int main(void) { return 0; }\n")
        command = ["cc", f"-fsanitize={way}", str(probe), "-o", str(tmp_path / "probe")]
        if (
            subprocess.run(command, capture_output=True).returncode
            or subprocess.run([str(tmp_path / "probe")]).returncode
        ):
            pytest.skip(f"cc cannot build with -fsanitize={way}, or what it builds does not run here")
    told = subprocess.run(["sh", os.path.join(HERE, "run.sh"), way], capture_output=True, text=True, timeout=300)
    report = told.stdout[-2000:] + told.stderr[-4000:]
    assert told.returncode == 0, report
    assert told.stdout.endswith("ok\n"), report
