from simulator.realtime import CallTool, RealtimeSimulator, Say
from tests.simulator.realtime_client import (
    DELIBERATELY_UNKNOWN,
    MULAW_SESSION,
    Client,
    Event,
    Script,
    connected,
    utterance,
)

OUTPUTS = [Say("Of course."), CallTool("check_availability", {"date": "2026-11-27"})]
FOREIGN = ("output_audio_buffer.", "response.audio", "response.text.", "conversation.item.created")


async def conversation(client: Client) -> list[Event]:
    await client.configure(MULAW_SESSION)
    await client.speak(utterance())
    await client.until("response.done")
    await client.send("input_audio_buffer.clear")
    await client.until("input_audio_buffer.cleared")
    return client.events


async def calls(seeds: range, *, vary: bool = True) -> list[list[Event]]:
    """The same conversation with each seed."""
    found: list[list[Event]] = []
    for seed in seeds:
        script = Script(OUTPUTS, transcripts=["Hello."])
        async with (
            RealtimeSimulator(script, seed=seed, vary=vary, speed_factor=50) as model,
            connected(model) as client,
        ):
            found.append(await conversation(client))
    return found


def order(events: list[Event], first: str, second: str) -> bool:
    kinds = [event["type"] for event in events if event.get("item", {}).get("role") != "user"]
    return kinds.index(first) < kinds.index(second)


async def test_the_server_varies_what_the_real_one_varies() -> None:
    found = await calls(range(10))
    for kind in ("conversation.created", DELIBERATELY_UNKNOWN):
        present = [any(event["type"] == kind for event in events) for events in found]
        assert set(present) == {True, False}
    for first, second in (
        ("conversation.item.done", "response.output_item.done"),
        ("rate_limits.updated", "response.done"),
    ):
        assert {order(events, first, second) for events in found} == {True, False}
    deltas = [event for events in found for event in events if event["type"].endswith(".delta")]
    assert {"obfuscation" in event for event in deltas} == {True, False}


async def test_it_can_be_told_not_to_vary() -> None:
    kinds = [
        [event["type"] for event in events if not event["type"].endswith(".delta")]
        for events in await calls(range(3), vary=False)
    ]
    assert kinds[0] == kinds[1] == kinds[2]
    assert DELIBERATELY_UNKNOWN not in kinds[0]


async def test_events_of_the_beta_of_webrtc_and_of_sip_never_come() -> None:
    for events in await calls(range(3)):
        for event in events:
            assert not event["type"].startswith(FOREIGN)
            assert "dtmf" not in event["type"]


async def test_every_event_has_an_id_of_its_own_in_the_service_s_form() -> None:
    for events in await calls(range(2)):
        ids = [event["event_id"] for event in events]
        assert len(set(ids)) == len(ids)
        assert all(len(one) == len("event_") + 21 and one.startswith("event_") for one in ids)


async def test_each_connection_of_a_server_has_choices_of_its_own() -> None:
    async with RealtimeSimulator(Script) as model:
        found: list[Event] = []
        for _ in range(2):
            async with connected(model) as client:
                found.append(client.events[0])
        assert found[0]["session"]["id"] != found[1]["session"]["id"]
