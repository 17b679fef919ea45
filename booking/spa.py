"""The tables of spa.toml: the house, its week, what it does, who does it, and where."""

import re
from datetime import date, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

MIDNIGHT = time(0)
"""As an end it is the midnight after the day; spa.toml writes it 24:00."""


LONGEST_MINUTES = 600
"""Of a treatment."""

LONGEST_BUFFER_MINUTES = 120
"""Before or after it."""


def _hours(text: object) -> tuple[time, time]:
    if not isinstance(text, str) or not (parts := re.fullmatch(r"(.{5})-(.{5})", text)):
        raise ValueError('write hours as "09:00-17:30"')
    try:
        opens = time.fromisoformat(parts[1])
        closes = MIDNIGHT if parts[2] == "24:00" else time.fromisoformat(parts[2])
    except ValueError as error:
        raise ValueError(f'"{text}" is no time of day, write hours as "09:00-17:30"') from error
    if opens >= closes and parts[2] != "24:00":
        raise ValueError(
            f'"{text}" ends before it begins; over midnight, write "18:00-24:00" and "00:00-02:00" '
            "on the next day"
        )
    return opens, closes


def _apart(hours: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    ordered = tuple(sorted(hours))
    for (_, closes), (opens, _) in pairwise(ordered):
        if closes == MIDNIGHT or opens < closes:
            raise ValueError("two stretches of one day overlap, write them one after the other")
    return ordered


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f'"{name}" is no time zone, write one such as America/New_York')
    return name


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise ValueError("write a number in E.164, such as +15005550010") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("write a number in E.164, such as +15005550010")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _days(text: object) -> tuple[date, date]:
    """One day, or the first and the last of several: "2026-12-24" or "2026-12-24/2026-12-31"."""
    first, _, last = str(text).partition("/")
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise ValueError(
            f'"{text}" is no day, write "2026-12-24", or "2026-12-24/2026-12-31" for several'
        ) from error
    if begins > ends:
        raise ValueError(f'"{text}" ends before it begins')
    return begins, ends


def _public(kept: object) -> object:
    if type(kept) not in {bool, list}:
        raise ValueError("write true, false, or a list of names")
    return kept


Stretch = Annotated[tuple[time, time], BeforeValidator(_hours)]
Hours = Annotated[tuple[Stretch, ...], AfterValidator(_apart)]
"""When something is open on one day, in wall time; a break lies between two stretches."""

Week = dict[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], Hours
]
Days = Annotated[tuple[date, date], BeforeValidator(_days)]


class Table(BaseModel):
    """A table of spa.toml; a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Spa(Table):
    """The house.

    Attributes:
        name: as callers know it.
        time_zone: of the IANA database.
        front_desk_number: where a person answers, E.164.
        greeting: the first words on the phone.
        greeting_mode: `model`: the model says them, to a customer with the name before them, in the
            caller's language; `exact`: they are said word for word, from a recording.
        languages: ISO-639-1, the first is the house's own.
        currency: of the prices, ISO 4217.
        desk_sentence: what Twilio says before it connects a caller whom the agent has failed.
        busy_sentence: what it says to a caller whom the agent does not take.
        voicemail_prompt: what it says before the tone.
        country: whose public holidays the spa keeps, ISO 3166; "" for none.
        region: of the country, where its holidays differ.
    """

    name: str = Field(min_length=1)
    time_zone: Annotated[str, AfterValidator(_zone)]
    front_desk_number: Annotated[str, AfterValidator(_phone)]
    greeting: str = Field(min_length=1)
    greeting_mode: Literal["model", "exact"] = "model"
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(
        default=("en",), min_length=1
    )
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    desk_sentence: str = (
        "I am sorry, we have a technical problem. I will connect you to our front desk."
    )
    busy_sentence: str = "All our lines are busy. I will connect you to our front desk."
    voicemail_prompt: str = (
        "Nobody can take your call now. Please leave a message after the tone, and we will call "
        "you back."
    )
    country: str = ""
    region: str = ""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def public_holidays(self) -> holidays.HolidayBase:
        """The public holidays of country and region; the library adds years as they are asked."""
        if not self.country:
            return holidays.HolidayBase()
        return holidays.country_holidays(self.country, subdiv=self.region or None)

    @model_validator(mode="after")
    def _known_country(self) -> Self:
        unknown = (
            f'country "{self.country}" with region "{self.region}" is not known, write ISO '
            'codes such as country = "US" and region = "NY"'
        )
        # The library knows Germany by its name too, but numbers are compared with DE.
        if not re.fullmatch("([A-Z]{2})?", self.country):
            raise ValueError(unknown)
        try:
            _ = self.public_holidays
        except NotImplementedError as error:
            raise ValueError(unknown) from error
        return self


class Treatment(Table):
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

    name: str = Field(min_length=1, max_length=100)
    other_names: tuple[str, ...] = ()
    minutes: int = Field(gt=0, le=LONGEST_MINUTES)
    buffer_before: int = Field(default=0, ge=0, le=LONGEST_BUFFER_MINUTES)
    buffer_after: int = Field(default=0, ge=0, le=LONGEST_BUFFER_MINUTES)
    price: float = Field(ge=0)
    therapists: tuple[str, ...] = Field(min_length=1)
    room: str
    people: int = Field(default=1, ge=1, le=4)

    @cached_property
    def key(self) -> str:
        """The name as the database keeps it: "Hot stone massage" is hot-stone-massage."""
        return re.sub(r"[\W_]+", "-", self.name.lower()).strip("-")

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)

    @property
    def price_cents(self) -> int:
        """The price without fractions."""
        return round(self.price * 100)


class Therapist(Table):
    """Somebody who treats.

    Attributes:
        name: unique in the house.
        shifts: when they work, by day of the week; what is outside the hours is not offered.
        time_off: days off.
    """

    name: str = Field(min_length=1, max_length=100)
    shifts: Week
    time_off: tuple[Days, ...] = ()

    def hours(self, day: date) -> Hours:
        """When they work on a day; empty on a day off."""
        if any(first <= day <= last for first, last in self.time_off):
            return ()
        return self.shifts.get(DAYS[day.weekday()], ())


class Room(Table):
    """A place where treatments happen.

    Attributes:
        name: unique in the house.
        kind: what treatments ask for.
    """

    name: str = Field(min_length=1, max_length=100)
    kind: str


class Closures(Table):
    """Days that differ from the week.

    Attributes:
        public: true: closed on all public holidays; false: on none; or the names of some.
        closed: own days off.
        special: own hours of a day, holidays included.
    """

    public: Annotated[bool | tuple[str, ...], BeforeValidator(_public)] = True
    closed: tuple[Days, ...] = ()
    special: dict[date, Hours] = Field(default_factory=dict[date, Hours])


class Policies(Table):
    """The rules of the house.

    Attributes:
        minimum_notice_minutes: how soon a booking may start.
        days_ahead: how far ahead a booking may be.
        slot_minutes: treatments start on this grid, counted from midnight.
        cancellation_hours: until how long before the start a cancellation is free.
        cancellation_fee: what is said of the fee after that.
        maximum_open_appointments: coming appointments of one customer.
        hold_minutes: how long an opening is held while a caller decides.
        waitlist_offer_minutes: how long a freed opening is kept for the first on the waitlist.
        second_fact: callers must say the name of an appointment, or its code, before they hear or
            change it: a caller's number can be forged.
    """

    minimum_notice_minutes: int = Field(default=60, ge=0)
    days_ahead: int = Field(default=60, ge=1, le=730)
    slot_minutes: int = Field(default=30, ge=5, le=240)
    cancellation_hours: int = Field(default=24, ge=0)
    cancellation_fee: str = "There may be a fee for a late cancellation."
    maximum_open_appointments: int = Field(default=4, ge=1)
    hold_minutes: int = Field(default=5, ge=1, le=60)
    waitlist_offer_minutes: int = Field(default=60, ge=1, le=1440)
    second_fact: bool = True


class Messages(Table):
    """The text messages to customers.

    Attributes:
        enabled: whether any are sent.
        countries: ISO 3166, whose numbers are texted; empty for the spa's own alone.
        reminders: whether appointments are reminded of on the day before.
        reminder_hour: the hour of that day, in wall time.
    """

    enabled: bool = True
    countries: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = ()
    reminders: bool = True
    reminder_hour: int = Field(default=10, ge=0, le=23)
