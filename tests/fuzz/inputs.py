"""What is made up: strings that have broken such programs before, and any others."""

import os
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
"""How many inputs each test tries; `make fuzz` sets more."""

TRYING = settings(
    max_examples=EXAMPLES,
    deadline=None,  # how long one takes is a fact about the machine
    suppress_health_check=[HealthCheck.too_slow],
)

TRIED: Counter[tuple[str, str]] = Counter()
"""How often each thing was tried, and what came of it."""

NASTY = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\u202e", "\uffff", "\U0001f480", "é" * 300),
    *("0", "-1", "9" * 30, "1e999", "nan", "٣", "½", "true", "null", "{}", "[]"),
    *("x" * 10_000, "'; DROP TABLE calls; --", "<Response/>", "%s{}{0}", "../../etc/passwd"),
)

TEXT = st.sampled_from(NASTY) | st.text(max_size=40)
