import json
from pathlib import Path

from bench.summary import summary

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "calls.json"


def test_the_readme_shows_the_committed_results() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    table = "\n".join(summary(results))
    assert table in readme, f"README.md must show this:\n{table}"
    assert results["facts"]["date"][:10] in readme
