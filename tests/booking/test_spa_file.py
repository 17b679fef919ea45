"""What is wrong in spa.toml is told by its key, and what is right is read as it is meant."""

from datetime import date, time
from pathlib import Path

import pytest

from booking.catalog import Catalog, CatalogError, load_catalog
from booking.errors import NotTheirTreatment, UnknownTherapist, UnknownTreatment
from booking.wall_time import moments, stretches
from tests.booking.setting import SPA_FILE, ZONE


def changed(folder: Path, old: str, new: str) -> Catalog:
    text = SPA_FILE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "spa.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_catalog(path)


WRONG = [
    ('time_zone = "America/New_York"', 'time_zone = "New York"', "spa.time_zone"),
    ('front_desk_number = "+15005550010"', 'front_desk_number = "555"', "spa.front_desk_number"),
    ('front_desk_number = "+15005550010"', 'front_desk_number = "+1"', "spa.front_desk_number"),
    ('"+15005550010"', '"+19005551234"', "spa.front_desk_number.*premium"),
    ('"+15005550010"', '"+442079460000"', "spa.front_desk_number.*abroad"),
    ('"+15005550010"', '"+18765551234"', "spa.front_desk_number.*abroad"),
    ('"+15005550010"', '"+1555"', "spa.front_desk_number.*E.164"),
    ('country = "US"', 'country = "Atlantis"', "country"),
    ('name = "Serenity Spa"', 'nmae = "Serenity Spa"', "spa"),
    ('monday = ["09:00-19:00"]', 'monday = ["nine to five"]', "hours.monday"),
    ('monday = ["09:00-19:00"]', "monday = [9]", "hours.monday"),
    ('monday = ["09:00-19:00"]', 'monday = ["19:00-09:00"]', "hours.monday"),
    ('monday = ["09:00-19:00"]', 'monday = ["09:00-13:00", "12:00-19:00"]', "hours.monday"),
    ('monday = ["09:00-19:00"]', 'mondays = ["09:00-19:00"]', "hours"),
    ('monday = ["09:00-19:00"]', 'monday = ["25:00-26:00"]', "hours.monday.*no time of day"),
    ("public = true", 'public = ["Friday"]', 'holidays.public: "Friday" is no public holiday'),
    ('"2026-12-24"', '"Christmas"', "holidays.closed"),
    ('"2026-12-24"', '"2026-12-24/2026-12-20"', "holidays.closed"),
    ("minutes = 90", "minutes = 0", "minutes"),
    ("price = 110", "price = -1", "price"),
    ('"Maya Chen", "Luca Romano"', '"Maya Chan", "Luca Romano"', "Maya Chan"),
    (
        '"Noor Haddad"]\nroom = "double"\npeople = 2',
        '"Maya Chen"]\nroom = "double"\npeople = 4',
        "4 people need",
    ),
    ('room = "massage"', 'room = "sauna"', "sauna"),
    ('name = "Cedar"', 'name = "Birch"', "Birch"),
    ('name = "Deep tissue massage"', 'name = "Swedish massage"', "swedish-massage"),
    ("slot_minutes = 30", "slot_minutes = 1", "policies.slot_minutes"),
    ("reminder_hour = 10", "reminder_hour = 24", "messages.reminder_hour"),
    ("reminders = true", 'countries = ["USA"]', "messages.countries"),
    ("enabled = true", "on = true", "messages.on"),
]


@pytest.mark.parametrize(("old", "new", "key"), WRONG)
def test_what_is_wrong_is_named(old: str, new: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=key):
        changed(tmp_path, old, new)


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"nowhere\.toml cannot be read"):
        load_catalog(tmp_path / "nowhere.toml")
    path = tmp_path / "broken.toml"
    path.write_text("[spa", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"broken\.toml"):
        load_catalog(path)


@pytest.mark.parametrize(
    ("spoken", "key"),
    [
        ("hot stones", "hot-stone-massage"),
        ("deep tisue", "deep-tissue-massage"),
        ("Swedish", "swedish-massage"),
        ("partner massage", "couples-massage"),
        ("facial", "classic-facial"),
    ],
)
def test_a_treatment_is_matched_kindly(spoken: str, key: str, catalog: Catalog) -> None:
    assert catalog.treatment_named(spoken).key == key
    assert catalog.treatment(key).key == key


def test_what_the_spa_does_not_do_is_refused(catalog: Catalog) -> None:
    for spoken in ("haircut", "", "   "):
        with pytest.raises(UnknownTreatment):
            catalog.treatment_named(spoken)
    with pytest.raises(UnknownTreatment):
        catalog.treatment("haircut")
    with pytest.raises(UnknownTherapist):
        catalog.therapist_named("Bob")
    with pytest.raises(NotTheirTreatment):
        catalog.therapist_named("Maya", catalog.treatment_named("deep tissue"))
    assert catalog.therapist_named("ana").name == "Ana Flores"


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 12, 1), ((time(9), time(19)),)),
        (date(2026, 12, 6), ()),
        (date(2026, 11, 26), ()),
        (date(2026, 12, 24), ()),
        (date(2026, 12, 26), ()),
        (date(2026, 12, 31), ((time(9), time(14)),)),
    ],
)
def test_a_day_has_its_hours(
    day: date, hours: tuple[tuple[time, time], ...], catalog: Catalog
) -> None:
    assert catalog.opening_hours(day) == hours


def test_a_holiday_has_a_name(catalog: Catalog) -> None:
    assert catalog.holiday(date(2026, 11, 26)) == "Thanksgiving Day"
    assert catalog.holiday(date(2026, 12, 1)) == ""


def test_a_spa_may_keep_some_public_holidays_only(tmp_path: Path) -> None:
    catalog = changed(tmp_path, "public = true", 'public = ["Thanksgiving Day"]')
    assert catalog.opening_hours(date(2026, 11, 26)) == ()
    assert catalog.holiday(date(2027, 1, 1)) == ""
    assert catalog.opening_hours(date(2027, 1, 1)) == ((time(9), time(20)),)


def test_somebody_on_holiday_does_not_work(tmp_path: Path) -> None:
    away = 'name = "Maya Chen"\ntime_off = ["2026-12-01/2026-12-02"]\n[therapists.shifts]'
    catalog = changed(tmp_path, 'name = "Maya Chen"\n[therapists.shifts]', away)
    maya = catalog.therapist_named("Maya")
    assert [bool(maya.hours(date(2026, 12, day))) for day in (1, 2, 9)] == [False, False, True]


def test_a_wall_time_comes_once_never_or_twice() -> None:
    assert len(moments(date(2026, 6, 1), time(2, 30), ZONE)) == 1
    assert moments(date(2026, 3, 8), time(2, 30), ZONE) == ()
    assert len(moments(date(2026, 11, 1), time(1, 30), ZONE)) == 2


def test_an_evening_that_goes_on_after_midnight_is_one_stretch() -> None:
    def hours(day: date) -> tuple[tuple[time, time], ...]:
        return ((time(20), time(0)),) if day.day % 2 else ((time(0), time(2)),)

    joined = stretches(hours, date(2026, 12, 1), ZONE)
    assert any((stretch.ends_at - stretch.starts_at).seconds == 6 * 3600 for stretch in joined)


def test_a_desk_abroad_is_one_that_somebody_meant(tmp_path: Path) -> None:
    text = SPA_FILE.read_text(encoding="utf-8").replace('"+15005550010"', '"+442079460000"')
    path = tmp_path / "abroad.toml"
    path.write_text(text.replace("[messages]\n", '[messages]\ncountries = ["US", "GB"]\n'))
    assert load_catalog(path).is_texted("+442079460000")


def test_premium_numbers_are_texted_nowhere() -> None:
    catalog = load_catalog(SPA_FILE)
    texted = [phone for phone in ("+12125550147", "+19005551234") if catalog.is_texted(phone)]
    assert texted == ["+12125550147"]
    assert not catalog.is_texted("a client")
