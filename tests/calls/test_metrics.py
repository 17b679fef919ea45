from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from calls.entries import ModelUse, Tokens, ToolUse, Turn
from calls.lines import Refusal
from calls.metrics import CallMetrics
from calls.trouble import ModelTrouble

AT = datetime(2026, 11, 30, 15, tzinfo=UTC)


def samples(counted: CallMetrics) -> dict[tuple[str, ...], float]:
    """Every figure, by its name and the values of its labels, which are sorted."""
    text = counted.exposition({"taken": 2, "most": 20}, {"failed": 1}).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_calls_are_counted_by_what_became_of_them() -> None:
    counted = CallMetrics()
    for outcome, reason in (
        ("completed", None),
        ("completed", "a secret"),
        ("failed", "a secret"),
        ("refused", Refusal.TOO_OFTEN),
    ):
        counted.ended(outcome, reason)
    found = samples(counted)
    assert found["spaline_calls_total", "completed"] == 2
    assert found["spaline_calls_total", "failed"] == 1
    assert found["spaline_calls_refused_total", "too_often"] == 1
    assert found["spaline_calls_refused_total", "full"] == 0
    assert found["spaline_lines", "taken"] == 2
    assert found["spaline_lines", "most"] == 20
    assert found["spaline_texts_owed", "failed"] == 1


def test_what_happens_in_calls_is_counted_without_its_words() -> None:
    counted = CallMetrics()
    for entry in (
        Turn(AT, "caller", "A secret."),
        Turn(AT, "agent", "A secret, too.", 700),
        ToolUse(AT, "t1", "book_appointment", {"name": "Secret"}, {"ok": True}, True, 40),
        ToolUse(AT, "t2", "book_appointment", {}, {"ok": False}, False, 20),
        ToolUse(AT, "t3", "end_call", {}),
        ToolUse(AT, "t4", "end_call", {}, duration_ms=30),
        ModelUse(AT, "m", Tokens(text_in=5, audio_out=7), 0.0, 2_000_000),
        ModelUse(AT, "new", Tokens(text_in=1)),
    ):
        counted.happened(entry)
    found = samples(counted)
    assert found["spaline_turn_latency_seconds_count",] == 1
    assert found["spaline_turn_latency_seconds_sum",] == 0.7
    assert found["spaline_tool_seconds_sum", "book_appointment"] == 0.06
    assert found["spaline_tools_total", "ok", "book_appointment"] == 1
    assert found["spaline_tools_total", "refused", "book_appointment"] == 1
    assert found["spaline_tools_total", "unanswered", "end_call"] == 1
    assert found["spaline_tools_total", "failed", "end_call"] == 1
    assert found["spaline_tool_seconds_count", "end_call"] == 1
    assert found["spaline_model_tokens_total", "audio_out", "m"] == 7
    assert found["spaline_model_cost_dollars_total", "m"] == 2
    assert found["spaline_model_cost_dollars_total", "new"] == 0
    assert not any("ecret" in word for name in found for word in name)


def test_trouble_and_first_words_are_counted() -> None:
    counted = CallMetrics()
    counted.trouble(ModelTrouble.EMPTY)
    counted.first_word(0.007)
    found = samples(counted)
    assert found["spaline_model_errors_total", "empty"] == 1
    assert found["spaline_model_errors_total", "lost"] == 0
    assert found["spaline_first_word_seconds_bucket", "0.005"] == 0
    assert found["spaline_first_word_seconds_bucket", "0.01"] == 1


def test_a_late_loop_is_counted() -> None:
    counted = CallMetrics()
    counted.lagged(0.03)
    found = samples(counted)
    assert found["spaline_loop_lag_seconds_bucket", "0.02"] == 0
    assert found["spaline_loop_lag_seconds_bucket", "0.05"] == 1
