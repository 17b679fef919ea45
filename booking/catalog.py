"""The spa as its owner describes it in spa.toml.

Changing the file and restarting changes what is offered; appointments already made stay.
"""

import re
import tomllib
from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from rapidfuzz import fuzz, process, utils

from booking.errors import UnknownTherapist, UnknownTreatment

KIND_ENOUGH = 78
"""How alike a spoken name must be to a known one, of 100; "deep tisue" is, "haircut" is not."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class CatalogError(Exception):
    """spa.toml is wrong; the message names the key and the fix."""


def _hours(text: object) -> tuple[time, time]:
    if not isinstance(text, str) or text.count("-") != 1:
        raise ValueError('write hours as "09:00-17:30"')
    opens, closes = (time.fromisoformat(part.strip()) for part in text.split("-"))
    if opens >= closes:
        raise ValueError(f'"{text}" ends before it begins')
    return opens, closes


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f'"{name}" is no time zone; write one such as America/New_York')
    return name


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise ValueError("write a number in E.164, such as +15005550010") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("write a number in E.164, such as +15005550010")
    return text


def _days(text: object) -> tuple[date, date]:
    """One day, or the first and the last of several: "2026-12-24" or "2026-12-24/2026-12-31"."""
    first, _, last = str(text).partition("/")
    begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    if begins > ends:
        raise ValueError(f'"{text}" ends before it begins')
    return begins, ends


Hours = Annotated[tuple[time, time], BeforeValidator(_hours)]
Week = dict[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    tuple[Hours, ...],
]
Days = Annotated[tuple[date, date], BeforeValidator(_days)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spa(_Table):
    """The house.

    Attributes:
        name: as callers know it.
        time_zone: of the IANA database.
        front_desk_number: where a person answers, E.164.
        greeting: the first words on the phone.
        languages: ISO-639-1, the first is the house's own.
        country: whose public holidays the spa keeps, ISO 3166; "" for none.
        region: of the country, where its holidays differ.
    """

    name: str = Field(min_length=1)
    time_zone: Annotated[str, AfterValidator(_zone)]
    front_desk_number: Annotated[str, AfterValidator(_phone)]
    greeting: str = Field(min_length=1)
    languages: tuple[str, ...] = Field(default=("en",), min_length=1)
    country: str = ""
    region: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    @model_validator(mode="after")
    def _known_country(self) -> Self:
        if self.country:
            try:
                holidays.country_holidays(self.country, subdiv=self.region or None)
            except NotImplementedError as error:
                raise ValueError(
                    f'country "{self.country}" with region "{self.region}" is not known; write '
                    'an ISO code such as country = "US", region = "NY"'
                ) from error
        return self


class Treatment(_Table):
    """Something the spa does.

    Attributes:
        name: as the house calls it.
        other_names: as callers call it.
        minutes: how long it takes.
        buffer_before: minutes that therapist and room need before it.
        buffer_after: minutes that they need after it.
        price: in the house's currency.
        therapists: who can do it.
        room: which kind of room it needs.
        people: how many are treated, each by a therapist of their own.
    """

    name: str = Field(min_length=1)
    other_names: tuple[str, ...] = ()
    minutes: int = Field(gt=0, le=600)
    buffer_before: int = Field(default=0, ge=0, le=120)
    buffer_after: int = Field(default=0, ge=0, le=120)
    price: float = Field(ge=0)
    therapists: tuple[str, ...] = Field(min_length=1)
    room: str
    people: int = Field(default=1, ge=1, le=4)

    @cached_property
    def key(self) -> str:
        """The name as the database keeps it: "Hot stone massage" is hot-stone-massage."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)

    @property
    def price_cents(self) -> int:
        """The price without fractions."""
        return round(self.price * 100)


class Therapist(_Table):
    """Somebody who treats.

    Attributes:
        name: unique in the house.
        shifts: when they work, by day of the week.
        time_off: days off.
    """

    name: str = Field(min_length=1)
    shifts: Week
    time_off: tuple[Days, ...] = ()


class Room(_Table):
    """A place where treatments happen.

    Attributes:
        name: unique in the house.
        kind: what treatments ask for.
    """

    name: str = Field(min_length=1)
    kind: str


class Closures(_Table):
    """Days that differ from the week.

    Attributes:
        public: whether the spa is closed on public holidays.
        closed: own days off.
        special: own hours of a day, holidays included.
    """

    public: bool = True
    closed: tuple[Days, ...] = ()
    special: dict[date, tuple[Hours, ...]] = Field(default_factory=dict[date, tuple[Hours, ...]])


class Policies(_Table):
    """The rules of the house.

    Attributes:
        minimum_notice_minutes: how soon a booking may start.
        days_ahead: how far ahead a booking may be.
        slot_minutes: treatments start on this grid.
        cancellation_hours: until how long before the start a cancellation is free.
        cancellation_fee: what is said of the fee after that.
        maximum_open_appointments: coming appointments of one customer.
        hold_minutes: how long an opening is held while a caller decides.
    """

    minimum_notice_minutes: int = Field(default=60, ge=0)
    days_ahead: int = Field(default=60, ge=1, le=730)
    slot_minutes: int = Field(default=30, ge=5, le=240)
    cancellation_hours: int = Field(default=24, ge=0)
    cancellation_fee: str = "There may be a fee for a late cancellation."
    maximum_open_appointments: int = Field(default=4, ge=1)
    hold_minutes: int = Field(default=5, ge=1, le=60)


class Catalog(_Table):
    """All of spa.toml that the appointment book needs.

    Attributes:
        spa: the house.
        hours: when it is open, by day of the week; a missing day is closed.
        holidays: days that differ.
        policies: its rules.
        treatments: what it does.
        therapists: who does it.
        rooms: where.
    """

    spa: Spa
    hours: Week
    holidays: Closures = Closures()
    policies: Policies = Policies()
    treatments: tuple[Treatment, ...] = Field(min_length=1)
    therapists: tuple[Therapist, ...] = Field(min_length=1)
    rooms: tuple[Room, ...] = Field(min_length=1)

    # The public holidays by day, filled by the library year by year.
    _public: Any = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Whatever is named must be there, and only once."""
        for kind, names in {
            "therapists": [person.name for person in self.therapists],
            "rooms": [room.name for room in self.rooms],
            "treatments": [treatment.key for treatment in self.treatments],
        }.items():
            if len(names) != len(set(names)):
                raise ValueError(f"two of the {kind} have the same name")
        people, kinds = {p.name for p in self.therapists}, {room.kind for room in self.rooms}
        for treatment in self.treatments:
            if missing := set(treatment.therapists) - people:
                raise ValueError(f'{treatment.name}: there is no therapist "{missing.pop()}"')
            if treatment.room not in kinds:
                raise ValueError(f'{treatment.name}: there is no room of kind "{treatment.room}"')
            if len(treatment.therapists) < treatment.people:
                raise ValueError(f"{treatment.name}: needs {treatment.people} therapists")
        return self

    def treatment(self, key: str) -> Treatment:
        """The treatment with a key.

        Raises:
            UnknownTreatment: the spa does not, or no longer, offer it.
        """
        for treatment in self.treatments:
            if treatment.key == key:
                return treatment
        raise UnknownTreatment(f"We do not offer {key}.")

    def treatment_named(self, spoken: str) -> Treatment:
        """The treatment that somebody means.

        Raises:
            UnknownTreatment: the name is like none, or like several.
        """
        names = {
            name: treatment
            for treatment in self.treatments
            for name in (treatment.name, treatment.key, *treatment.other_names)
        }
        best = _most_alike(spoken, list(names))
        if best is None:
            offered = ", ".join(treatment.name for treatment in self.treatments)
            raise UnknownTreatment(f"We do not have that treatment. We offer {offered}.")
        return names[best]

    def therapist_named(self, spoken: str, treatment: Treatment) -> Therapist:
        """The therapist that somebody means, by full or first name.

        Raises:
            UnknownTherapist: nobody of that name does this treatment.
        """
        able = {person.name: person for person in self.therapists}
        names = {name: able[name] for name in treatment.therapists}
        names |= {name.split()[0]: able[name] for name in treatment.therapists}
        best = _most_alike(spoken, list(names))
        if best is None:
            people = ", ".join(treatment.therapists)
            raise UnknownTherapist(f"{treatment.name} is done by {people}.")
        return names[best]

    def opening_hours(self, day: date) -> tuple[tuple[time, time], ...]:
        """When the spa is open on a day, in wall time; empty when it is closed."""
        if day in self.holidays.special:
            return self.holidays.special[day]
        if any(first <= day <= last for first, last in self.holidays.closed):
            return ()
        if self.holidays.public and self.spa.country and day in self._public_holidays():
            return ()
        return self.hours.get(DAYS[day.weekday()], ())

    def _public_holidays(self) -> Any:
        if self._public is None:
            self._public = holidays.country_holidays(
                self.spa.country, subdiv=self.spa.region or None
            )
        return self._public


def _most_alike(spoken: str, names: Sequence[str]) -> str | None:
    """The name that is most like what was said, if any is like it."""
    found = process.extractOne(
        spoken,
        names,
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=KIND_ENOUGH,
    )
    return found[0] if found and spoken.strip() else None


def load_catalog(path: Path) -> Catalog:
    """The catalog in a spa.toml; its `[realtime]` table belongs to the model's session.

    Raises:
        CatalogError: the file is missing, is no TOML, or a key is wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: set SPA_FILE to your spa.toml") from error
    except ValueError as error:
        raise CatalogError(f"{path} is no TOML: {error}") from error
    document.pop("realtime", None)
    try:
        return Catalog.model_validate(document)
    except ValidationError as error:
        sentences = "; ".join(_sentence(item["loc"], item["msg"]) for item in error.errors())
        raise CatalogError(f"{path}: {sentences}") from error


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    return f"{key}: {message.removeprefix('Value error, ')}" if key else message
