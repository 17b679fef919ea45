"""Names of openings: whatever is offered can be named, nothing else can."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.catalog import Catalog
from booking.errors import UnknownOpening
from booking.models import Opening
from booking.opening_id import decode, encode
from tests.booking.setting import TUESDAY, ZONE, moment, sample

SAMPLE = sample()


def opening(starts_at: datetime, key: str = "hot-stone-massage", *team: str) -> Opening:
    return Opening(key, starts_at, starts_at, team or ("Ana Flores",), "Birch")


def test_a_name_is_short_and_shows_day_and_time() -> None:
    name = encode(SAMPLE, opening(moment(TUESDAY, "14:00")))
    assert name.startswith("1201-1400-")
    assert len(name) == 16


@given(
    st.datetimes(datetime(2026, 11, 30), datetime(2027, 11, 30), timezones=st.just(ZONE)),
    st.data(),
)
def test_what_is_offered_can_be_named(starts_at: datetime, data: st.DataObject) -> None:
    starts_at = starts_at.replace(second=0, microsecond=0)
    chosen = data.draw(st.sampled_from(SAMPLE.treatments))
    team = tuple(data.draw(st.permutations(chosen.therapists)))[: chosen.people]
    if datetime.fromtimestamp(starts_at.timestamp(), ZONE).time() != starts_at.time():
        return  # a time in the gap of spring is never offered
    name = encode(SAMPLE, opening(starts_at, chosen.key, *team))
    named = decode(SAMPLE, name.lower(), date(2026, 11, 30))
    assert named.treatment.key == chosen.key
    assert named.starts_at.timestamp() == starts_at.timestamp()
    assert set(named.therapists) == set(team)


def test_the_two_times_of_the_fold_have_two_names() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    second = first.replace(fold=1)
    names = [encode(SAMPLE, opening(at)) for at in (first, second)]
    assert names[0] != names[1]
    found = [decode(SAMPLE, name, date(2026, 10, 30)).starts_at for name in names]
    assert found[1].timestamp() - found[0].timestamp() == timedelta(hours=1).total_seconds()


def test_a_leap_day_is_found_in_its_year() -> None:
    starts_at = moment(date(2028, 2, 29), "10:00")
    name = encode(SAMPLE, opening(starts_at))
    assert decode(SAMPLE, name, date(2027, 12, 31)).starts_at == starts_at


def test_an_opening_of_the_year_after_next_is_named() -> None:
    """A spa may be booked two years ahead."""
    starts_at = moment(date(2028, 4, 8), "10:00")
    name = encode(SAMPLE, opening(starts_at))
    assert decode(SAMPLE, name, date(2026, 11, 30)).starts_at == starts_at


def test_an_opening_of_last_december_is_named_in_january() -> None:
    starts_at = moment(date(2026, 12, 30), "10:00")
    assert (
        decode(SAMPLE, encode(SAMPLE, opening(starts_at)), date(2027, 1, 2)).starts_at == starts_at
    )


@pytest.mark.parametrize(
    "name",
    ["", "opening one", "1201-1400", "1201-1400-AAAAAA", "0230-1400-AAAAAA", "1301-1400-AAAAAA",
     "1201-2500-AAAAAA", "1201-1400-3-2", "0308-0230-AAAAAA"],
)  # fmt: skip
def test_what_was_never_offered_has_no_name(name: str) -> None:
    with pytest.raises(UnknownOpening):
        decode(SAMPLE, name, TUESDAY)


def test_an_opening_is_unknown_when_its_therapist_no_longer_does_it(catalog: Catalog) -> None:
    name = encode(catalog, opening(moment(TUESDAY, "14:00")))
    changed = [
        item.model_copy(update={"therapists": ("Maya Chen",)}) for item in catalog.treatments
    ]
    without = catalog.model_copy(update={"treatments": tuple(changed)})
    with pytest.raises(UnknownOpening):
        decode(without, name, TUESDAY)
