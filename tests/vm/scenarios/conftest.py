# SPDX-License-Identifier: BSD-2-Clause
"""One gateway for each test, on the guest's own bus."""
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir))
from guest import Guest  # noqa: E402


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)


@pytest.fixture
def guest(request):
    """Its modem speaks what the file says in PROTOCOL, else QMI."""
    one = Guest(os.environ["PDNMUX_BUILD"])
    one.protocol = one.mode = getattr(request.module, "PROTOCOL", "qmi")
    try:
        yield one
    finally:
        report = getattr(request.node, "report_call", None)
        if report is not None and report.failed:
            print(one.logs())
        one.close()
