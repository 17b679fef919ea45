from simulator import mulaw
from simulator.network import Frame, Network, hiss


def frames(*timestamps: int) -> list[Frame]:
    return [Frame(timestamp, b"\x10" * 160) for timestamp in timestamps]


def carried(network: Network, *timestamps: int) -> list[list[int]]:
    return [
        [arrived.timestamp_ms for arrived in network.carry(frame)] for frame in frames(*timestamps)
    ]


def test_frames_arrive_at_once() -> None:
    assert carried(Network(), 20, 40, 60) == [[20], [40], [60]]


def test_after_a_loss_the_timestamps_have_jumped() -> None:
    network = Network()
    assert carried(network, 20) == [[20]]
    network.lose(40, 60)
    assert carried(network, 40, 60, 80, 100, 120) == [[], [], [], [100], [120]]


def test_what_is_held_comes_in_one_burst_and_in_order() -> None:
    network = Network()
    network.hold(20, 60)
    assert carried(network, 20, 40, 60, 80, 100) == [[], [], [], [20, 40, 60, 80], [100]]


def test_what_is_lost_while_the_rest_is_held_never_comes() -> None:
    network = Network()
    network.hold(20, 60)
    network.lose(40, 20)
    assert carried(network, 20, 40, 60, 80) == [[], [], [], [20, 60, 80]]


def test_hiss_is_as_loud_as_asked_and_the_same_for_a_seed() -> None:
    noise = hiss(8000, 200.0, seed=1)
    assert len(noise) == 8000
    assert 150 < mulaw.rms(noise) < 250
    assert noise == hiss(8000, 200.0, seed=1)
    assert noise != hiss(8000, 200.0, seed=2)
