"""What goes wrong in our own house: the database, the disk, the process, the clock."""

import asyncio
import resource
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress

from calls.records import CallRecords, Outcome
from chores import TROUBLE_SECS
from database import build_engine, build_sessions
from receptionist import now
from simulator.realtime import Session
from simulator.speech import CALLER as VOICE
from tests.e2e.process import ServerProcess
from tests.faults.fault import After, Fault, Scene, Stage

RAISED = (
    "Error executing function call",
    "Something went wrong",
    "Call goes on after a bug of ours",
)
"""How it is told that a tool raised; the model gets an answer all the same."""

OUTAGE = (
    *RAISED,
    "took too long and was given up",
    "Chore failed",
    "cannot be noted",
    "cannot be read",
    "cannot be written",
    "Logging error in Loguru Handler",
)
"""What may be said of a database that does not answer, by whoever needs it meanwhile."""

OUTAGE_MS = 10_000

BACK_SECS = TROUBLE_SECS + 20.0
"""How long what a database did not take may be missing from it when it is back."""


def open_file(scene: Scene) -> sqlite3.Connection:
    """The database file, for statements in a thread: the product writes from this one's loop."""
    path = scene.stage.database_url.partition(":///")[2]
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


async def wish(scene: Scene) -> None:
    await scene.line.play(VOICE.speak("Hot stones, please."))
    await scene.line.listen(settle_secs=0.5)


async def wish_meanwhile(scene: Scene, ms: int = OUTAGE_MS) -> None:
    """Say what is wanted, and again, for so long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + ms / 1000
    while loop.time() < until:
        await wish(scene)


async def a_tool_raises(scene: Scene) -> None:
    """A table that booking writes into has another name while the caller first asks."""
    with closing(open_file(scene)) as connection:
        await asyncio.to_thread(connection.execute, "ALTER TABLE audit RENAME TO elsewhere")
        await wish(scene)
        await asyncio.to_thread(connection.execute, "ALTER TABLE elsewhere RENAME TO audit")


async def locked(scene: Scene) -> None:
    with closing(open_file(scene)) as connection:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        await wish_meanwhile(scene)
        connection.execute("ROLLBACK")


async def model_lost_during_a_write(scene: Scene) -> None:
    """The tool waits for the database when the model that called it goes."""
    with closing(open_file(scene)) as connection:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        await scene.line.play(VOICE.speak("Hot stones, please."))
        while not called(scene.model.sessions):
            await scene.line.wait(20)
        await scene.session.delivered()
        scene.session.drop()
        await scene.line.wait(1000)
        await asyncio.to_thread(connection.execute, "ROLLBACK")
    await scene.line.listen(settle_secs=1.0)


def called(sessions: Sequence[Session]) -> list[str]:
    """The calls of tools that the model has made in these sessions."""
    items = [
        event["item"]
        for session in sessions
        for event in session.sent
        if event["type"] == "response.output_item.done"
    ]
    return [item["name"] for item in items if item["type"] == "function_call"]


async def called_once(after: After) -> Sequence[str]:
    """The new session was told what became of the old one's call, so it does not call again."""
    calls = called(after.model.sessions[1:])
    return [f"the model called {calls} once more"] if calls else []


async def gone(scene: Scene) -> None:
    assert scene.stage.proxy is not None
    scene.stage.proxy.cut()
    await wish_meanwhile(scene)
    scene.stage.proxy.mend()


async def hangs(scene: Scene) -> None:
    assert scene.stage.proxy is not None
    scene.stage.proxy.stall()
    await wish_meanwhile(scene, 20_000)
    scene.stage.proxy.flow()


def process_of(scene: Scene) -> ServerProcess:
    assert isinstance(scene.stage.product, ServerProcess)
    return scene.stage.product


async def full(scene: Scene) -> None:
    server = process_of(scene)
    before = forbid_growth(server)
    await wish_meanwhile(scene)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


async def told_to_stop(scene: Scene) -> None:
    process_of(scene).terminate()


async def left_well(after: After) -> Sequence[str]:
    assert isinstance(after.stage.product, ServerProcess)
    code = await after.stage.product.process.wait()
    return [] if code == 0 else [f"the exit code is {code}"]


async def killed(scene: Scene) -> None:
    process_of(scene).process.kill()
    await scene.line.stay()


async def two_hours_later(scene: Scene) -> None:
    """The clock of the process jumps, and nothing else does."""
    process_of(scene).process.send_signal(signal.SIGUSR1)


async def hangs_from_the_start(stage: Stage) -> None:
    assert stage.proxy is not None
    stage.proxy.stall()


async def hangs_and_the_model_is_lost(scene: Scene) -> None:
    await hangs_from_the_start(scene.stage)
    scene.model.refuse_with_http = 500
    scene.session.drop()
    await scene.line.stay()


async def answers_again(after: After) -> Sequence[str]:
    """The database is back, and the record is put right, by a chore that may have paused for it."""
    assert after.stage.proxy is not None
    after.stage.proxy.flow()
    engine = build_engine(after.stage.database_url)
    records = CallRecords(build_sessions(engine), now)
    with suppress(TimeoutError):  # the record tells
        async with asyncio.timeout(BACK_SECS):
            while await records.outcome(after.record.call_sid) is Outcome.TALKING:  # noqa: ASYNC110  a row has no event
                await asyncio.sleep(0.05)
    await engine.dispose()
    return ()


async def full_from_the_start(stage: Stage) -> None:
    assert isinstance(stage.product, ServerProcess)
    forbid_growth(stage.product)


def forbid_growth(server: ServerProcess) -> tuple[int, int]:
    """No file of the process may grow, as on a full disk; gives what was allowed until now."""
    none = (0, resource.RLIM_INFINITY)
    return resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, none)


OWN_FAULTS = (
    Fault("ours: a tool raises", "goes on", happen=a_tool_raises, logged=RAISED, quick=True),
    Fault(
        "ours: the model is lost during a write",
        "goes on",
        happen=model_lost_during_a_write,
        logged=("Model lost, a new session is opened",),
        check=called_once,
        quick=True,
    ),
    Fault(
        "ours: the database hangs for 20 s",
        "goes on",
        happen=hangs,
        where="postgres",
        logged=("took too long and was given up",),
        may_log=OUTAGE,
    ),
    Fault(
        "ours: the database hangs at the ring",
        "person",
        ring=hangs_from_the_start,
        where="postgres",
        outcome="no record",
        check=answers_again,
        logged=("Call cannot be noted, so a person takes it",),
        may_log=OUTAGE,
    ),
    Fault(
        "ours: database hangs, model lost",
        "person",
        happen=hangs_and_the_model_is_lost,
        where="postgres",
        check=answers_again,
        logged=("Model lost",),
        may_log=OUTAGE,
    ),
    Fault(
        "ours: the database is locked for 10 s",
        "goes on",
        happen=locked,
        may_log=OUTAGE,
    ),
    Fault(
        "ours: the database is gone for 10 s",
        "goes on",
        happen=gone,
        where="postgres",
        logged=RAISED,
        may_log=OUTAGE,
    ),
    Fault(
        "ours: the disk is full for 10 s",
        "goes on",
        happen=full,
        where="process",
        logged=RAISED[:2],  # the disk of the log is full too
        may_log=OUTAGE,
    ),
    Fault(
        "ours: the disk is full at the ring",
        "person",
        ring=full_from_the_start,
        where="process",
        outcome="no record",
        may_log=OUTAGE,
    ),
    Fault(
        "ours: SIGTERM",
        "goes on",
        happen=told_to_stop,
        where="process",
        check=left_well,
    ),
    Fault("ours: SIGKILL", "person", happen=killed, where="two processes"),
    Fault(
        "ours: the clock jumps by 2 hours",
        "goes on",
        happen=two_hours_later,
        where="process",
        settings={"module": "tests.faults.jumping_clock"},
    ),
)
