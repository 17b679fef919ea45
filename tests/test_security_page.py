"""Every test that docs/security.md names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tests_of_each_threat_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Threat" not in line]
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`(tests/[\w/.]+|make \w+)`", row.rpartition(" | ")[2])
        assert named, row
        for path in named:
            assert path.startswith("make ") or (ROOT / path).exists(), path
