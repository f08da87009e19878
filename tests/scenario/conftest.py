# SPDX-License-Identifier: BSD-2-Clause
"""What all scenarios share: the build under test, and one gateway for each test."""
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from lab import Lab  # noqa: E402

BUILD = os.environ.get("PDNMUX_BUILD", os.path.join(HERE, os.pardir, os.pardir, "build"))

# Or a sanitizer keeps what was freed, and memory that is flat does not look so.
os.environ["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "")
                              + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64")


@pytest.fixture(scope="session")
def build():
    if not os.path.exists(os.path.join(BUILD, "qmi-proxy")):
        pytest.exit(f"nothing is built in {BUILD}: set PDNMUX_BUILD", 2)
    return BUILD


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)


@pytest.fixture
def lab(request, build):
    """A gateway; what its programs said is shown when the test fails."""
    one = Lab(build)
    try:
        yield one
    finally:
        report = getattr(request.node, "report_call", None)
        if report is not None and report.failed:
            print(one.logs())
        one.close()
    found = one.sanitizer_reports()
    assert not found, "a sanitizer complains:\n" + "\n".join(found)
