"""A mistake in spa.toml is one sentence of ordinary words: its place, and what to write."""

from pathlib import Path

import pytest

from booking.catalog import CatalogError, load_catalog
from tests.booking.setting import SPA_FILE

SWEDISH = 'treatments "Swedish massage"'

TOLD = [
    (
        'greeting_mode = "model"',
        'greeting_mode = "Exact"',
        'spa.greeting_mode: write "model" or "exact"',
    ),
    ("monday = [", "Montag = [", "hours.Montag: is no day of the week, write monday to sunday"),
    (
        "price = 110",
        'price = "110 USD"',
        f"{SWEDISH}.price: is no number, write one without quotes and units",
    ),
    ("\nminutes = 60", "\nminutes = 60.5", f"{SWEDISH}.minutes: is no whole number"),
    ("\nminutes = 60", "\nminutes = 900", f"{SWEDISH}.minutes: must be less than or equal to 600"),
    (
        'monday = ["09:00-19:00"]',
        'monday = "09:00-19:00"',
        'hours.monday: write a list, such as ["..."]',
    ),
    (
        "[hours]",
        "[hour]",
        "hours: is missing, add it; hour: is not a key that is known here, correct or remove it",
    ),
    (
        '["en", "es"]',
        '["English"]',
        'spa.languages[1]: write a language as its ISO code, such as "en"',
    ),
    ('["en", "es"]', "[]", "spa.languages: is empty, name at least one"),
    ('"USD"', '"$"', 'spa.currency: write a currency as its ISO code, such as "USD"'),
    ("public = true", 'public = "yes"', "holidays.public: write true, false, or a list of names"),
    (
        "2026-12-31 =",
        '"31.12.2026" =',
        "holidays.special.31.12.2026: is no day, write it as 2026-12-31",
    ),
    ('name = "Serenity Spa"', 'name = ""', "spa.name: is empty"),
    (
        '["Luca Romano", "Noor Haddad"]',
        '["Luca"]',
        'treatments "Deep tissue massage".therapists: there is no "Luca"',
    ),
]


def told(text: str, folder: Path) -> str:
    path = folder / "spa.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(("old", "new", "sentence"), TOLD)
def test_a_mistake_is_told_in_ordinary_words(
    old: str, new: str, sentence: str, tmp_path: Path
) -> None:
    text = SPA_FILE.read_text(encoding="utf-8")
    assert old in text
    assert told(text.replace(old, new, 1), tmp_path).startswith(sentence)


def test_a_list_of_tables_needs_two_brackets(tmp_path: Path) -> None:
    text = SPA_FILE.read_text(encoding="utf-8")
    rooms = text.index("[[rooms]]")
    single = text[:rooms] + '[rooms]\nname = "Birch"\nkind = "massage"\n'
    assert told(single, tmp_path) == "rooms: write [[rooms]]"


def test_a_country_is_written_as_numbers_know_it(tmp_path: Path) -> None:
    text = SPA_FILE.read_text(encoding="utf-8").replace('country = "US"', 'country = "Germany"')
    assert told(text, tmp_path).startswith('spa: country "Germany" with region "NY" is not known')
    text = SPA_FILE.read_text(encoding="utf-8").replace('region = "NY"', 'region = "XX"')
    assert told(text, tmp_path).startswith('spa: country "US" with region "XX" is not known')
