"""What a soak has shown, and whether it is well."""

from collections import Counter
from dataclasses import dataclass, field

MAX_GROWTH_MB = 6.0
"""From the first eighth of the calls to the last; what a process keeps of 1,750 calls."""


@dataclass
class SoakReport:
    """What a soak has shown.

    Attributes:
        calls: how many were made.
        secs: how long it took.
        faults: what the callers did, and how often.
        model_faults: what the models did.
        endings: the verbs that the callers met.
        acknowledged: codes of bookings that a model was told of.
        booked: codes of the appointments in the database, with their calls.
        cut_short: calls that may have ended before their model could be told.
        outcomes: of the call records.
        unfinished: calls whose record has no end.
        silent: calls in which the agent said nothing until the caller had enough.
        texts: how many confirmations each number got.
        memory_mb: of the server, from time to time.
        files: open files of the server, before and after.
        remedies: what it logged of faults that it has dealt with.
        lines: what it logged that nobody expects.
    """

    calls: int = 0
    secs: float = 0.0
    faults: Counter[str] = field(default_factory=Counter[str])
    model_faults: Counter[str] = field(default_factory=Counter[str])
    endings: Counter[str] = field(default_factory=Counter[str])
    acknowledged: set[str] = field(default_factory=set[str])
    booked: dict[str, str] = field(default_factory=dict[str, str])
    cut_short: set[str] = field(default_factory=set[str])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    unfinished: list[str] = field(default_factory=list[str])
    silent: list[str] = field(default_factory=list[str])
    texts: Counter[str] = field(default_factory=Counter[str])
    memory_mb: list[float] = field(default_factory=list[float])
    files: list[int] = field(default_factory=list[int])
    remedies: Counter[str] = field(default_factory=Counter[str])
    lines: list[str] = field(default_factory=list[str])

    @property
    def unheard(self) -> set[str]:
        """Bookings that stand and of which no model was told."""
        return self.booked.keys() - self.acknowledged

    @property
    def problems(self) -> list[str]:
        """What is not as it must be, a sentence each."""
        calls_with = Counter(self.booked.values())
        found = {
            "acknowledged bookings that are not there": self.acknowledged - self.booked.keys(),
            "bookings that nobody was told of, though the call went on": {
                code for code in self.unheard if self.booked[code] not in self.cut_short
            },
            "calls with two bookings": {sid for sid, count in calls_with.items() if count > 1},
            "records without an end": self.unfinished,
            "callers left in silence": self.silent,
            "numbers with two confirmations": {to for to, count in self.texts.items() if count > 1},
            "unexpected log lines": self.lines,
        }
        problems = [f"{len(of)} {what}: {list(of)[:5]}" for what, of in found.items() if of]
        if len(self.booked) != len(self.texts):
            problems.append(f"{len(self.booked)} bookings, {len(self.texts)} confirmations")
        return problems

    @property
    def growth_mb(self) -> float:
        """How much the server's memory grew after the first sample."""
        return self.memory_mb[-1] - self.memory_mb[0]

    def __str__(self) -> str:
        """The figures, a line each."""
        return "\n".join(
            (
                f"{self.calls} calls in {self.secs:.0f} s",
                f"callers: {_told(self.faults)}",
                f"models: {_told(self.model_faults)}",
                f"endings: {_told(self.endings)}",
                f"records: {_told(self.outcomes)}",
                f"bookings: {len(self.acknowledged)} acknowledged, {len(self.booked)} in the "
                f"database, {len(self.unheard)} of calls that ended before the answer",
                f"confirmations: {self.texts.total()} to {len(self.texts)} numbers",
                f"logged: {_told(self.remedies)}",
                f"memory: {', '.join(f'{mb:.1f}' for mb in self.memory_mb)} MB",
                f"open files: {' -> '.join(map(str, self.files))}",
                f"problems: {'; '.join(self.problems) or 'none'}",
            )
        )


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())
