"""The spa as its owner describes it in spa.toml.

Changing the file and restarting changes what is offered; appointments already made stay.
"""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator
from rapidfuzz import fuzz, process, utils

from booking.errors import NotTheirTreatment, UnknownTherapist, UnknownTreatment
from booking.mistakes import sentences
from booking.phones import check_desk, is_premium, region_of
from booking.privacy import Privacy
from booking.spa import (
    DAYS,
    MIDNIGHT,
    Closures,
    Hours,
    Messages,
    Policies,
    Room,
    Spa,
    Table,
    Therapist,
    Treatment,
    Week,
)

KIND_ENOUGH = 78
"""How alike a spoken name must be to a known one, of 100; "deep tisue" is, "haircut" is not."""

DAYS_LOOKED_AHEAD = 31
"""How far to look for the next day on which the spa is open."""

NEAREST = 3
"""How many names to suggest for one that is not known."""


class CatalogError(Exception):
    """spa.toml is wrong; the message names the key and the fix."""


class Catalog(Table):
    """All of spa.toml that the appointment book needs.

    Attributes:
        spa: the house.
        hours: when it is open, by day of the week; a missing day is closed.
        holidays: days that differ.
        policies: its rules.
        messages: the text messages to customers.
        privacy: what is kept of people.
        treatments: what it does.
        therapists: who does it.
        rooms: where.
    """

    spa: Spa
    hours: Week
    holidays: Closures = Closures()
    policies: Policies = Policies()
    messages: Messages = Messages()
    privacy: Privacy = Privacy()
    treatments: tuple[Treatment, ...] = Field(min_length=1)
    therapists: tuple[Therapist, ...] = Field(min_length=1)
    rooms: tuple[Room, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = {
            "treatments": [treatment.key for treatment in self.treatments],
            "therapists": [person.name for person in self.therapists],
            "rooms": [room.name for room in self.rooms],
        }
        for kind, known in names.items():
            if twice := {name for name in known if known.count(name) > 1}:
                raise ValueError(f'{kind}: "{min(twice)}" is there twice, rename one of them')
        return self

    @model_validator(mode="after")
    def _named_things_exist(self) -> Self:
        people, kinds = {p.name for p in self.therapists}, {room.kind for room in self.rooms}
        for treatment in self.treatments:
            place = f'treatments "{treatment.name}"'
            if missing := set(treatment.therapists) - people:
                raise ValueError(
                    f'{place}.therapists: there is no "{min(missing)}", write one of '
                    f"{_listed(people)} or add a [[therapists]] of that name"
                )
            if treatment.room not in kinds:
                raise ValueError(
                    f'{place}.room: there is no room of kind "{treatment.room}", write one of '
                    f"{_listed(kinds)} or add a [[rooms]] of that kind"
                )
            if len(set(treatment.therapists)) < treatment.people:
                raise ValueError(
                    f"{place}.therapists: {treatment.people} people need as many therapists, "
                    "add some or lower people"
                )
        return self

    @model_validator(mode="after")
    def _desk_is_no_trap(self) -> Self:
        check_desk(self.spa.front_desk_number, self._countries)
        return self

    @model_validator(mode="after")
    def _known_holidays(self) -> Self:
        kept = self.holidays.public
        if isinstance(kept, tuple):
            years = range(2020, 2031)
            known = {name for year in years for name in self._holiday_names(year)}
            if missing := set(kept) - known:
                raise ValueError(
                    f'holidays.public: "{min(missing)}" is no public holiday there, write some of '
                    f"{_listed(known)}"
                )
        return self

    def _holiday_names(self, year: int) -> list[str]:
        calendar = self.spa.public_holidays
        calendar.get(date(year, 1, 1))  # the library fills a year when it is asked for a day of it
        return [
            name for day in list(calendar) if day.year == year for name in calendar.get_list(day)
        ]

    def treatment(self, key: str) -> Treatment:
        """The treatment with a key.

        Raises:
            UnknownTreatment: the spa does not, or no longer, offer it.
        """
        for treatment in self.treatments:
            if treatment.key == key:
                return treatment
        raise UnknownTreatment(key, [treatment.name for treatment in self.treatments])

    def treatment_name(self, key: str) -> str:
        """A treatment as the house calls it, also one that it no longer offers."""
        try:
            return self.treatment(key).name
        except UnknownTreatment:
            return key.replace("-", " ")

    def treatment_named(self, spoken: str) -> Treatment:
        """The treatment that somebody means.

        Raises:
            UnknownTreatment: the name is like none; with the nearest names.
        """
        names = {
            name: treatment
            for treatment in self.treatments
            for name in (treatment.name, treatment.key, *treatment.other_names)
        }
        best = _most_alike(spoken, names, KIND_ENOUGH)
        if not best:
            nearest = [names[name].name for name in _most_alike(spoken, names, 0)]
            raise UnknownTreatment(spoken, nearest or [item.name for item in self.treatments])
        return names[best[0]]

    def therapist_named(self, spoken: str, treatment: Treatment | None = None) -> Therapist:
        """The therapist that somebody means, by full or first name.

        Args:
            spoken: the name as the caller says it.
            treatment: what the therapist must be able to do.

        Raises:
            UnknownTherapist: nobody has that name.
            NotTheirTreatment: somebody has, and does not do this treatment.
        """
        names = {person.name: person for person in self.therapists}
        names |= {person.name.split()[0]: person for person in reversed(self.therapists)}
        best = _most_alike(spoken, names, KIND_ENOUGH)
        able = treatment.therapists if treatment else [item.name for item in self.therapists]
        if not best:
            raise UnknownTherapist(spoken, able)
        if names[best[0]].name not in able:
            raise NotTheirTreatment(names[best[0]].name, able)
        return names[best[0]]

    def opening_hours(self, day: date) -> Hours:
        """When the spa is open on a day, in wall time; empty when it is closed."""
        if day in self.holidays.special:
            return self.holidays.special[day]
        return () if self._closed(day) else self.hours.get(DAYS[day.weekday()], ())

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is at the desk at a moment, aware."""
        local = moment.astimezone(self.spa.zone)
        return any(
            opens <= local.time() and (closes == MIDNIGHT or local.time() < closes)
            for opens, closes in self.opening_hours(local.date())
        )

    def opens_next(self, moment: datetime) -> datetime | None:
        """When the spa opens the next time; None when it does not within a month."""
        local = moment.astimezone(self.spa.zone)
        for ahead in range(DAYS_LOOKED_AHEAD):
            day = local.date() + timedelta(days=ahead)
            for opens, _ in self.opening_hours(day):
                at = datetime.combine(day, opens, self.spa.zone)
                if at > local:
                    return at
        return None

    def is_texted(self, phone: str) -> bool:
        """Whether text messages go to a number, E.164: abroad they cost much, which pays fraud."""
        return region_of(phone) in self._countries and not is_premium(phone)

    @property
    def _countries(self) -> tuple[str, ...]:
        """Whose numbers may be texted and dialled."""
        own = self.spa.country or region_of(self.spa.front_desk_number)
        return self.messages.countries or (own,)

    def holiday(self, day: date) -> str:
        """The public holiday for which the spa is closed on a day; "" when there is none."""
        kept = self.holidays.public
        if not kept or day in self.holidays.special:
            return ""
        names = self.spa.public_holidays.get_list(day)
        return next((name for name in names if kept is True or name in kept), "")

    def _closed(self, day: date) -> bool:
        own = any(first <= day <= last for first, last in self.holidays.closed)
        return own or self.holiday(day) != ""


def _most_alike(spoken: str, names: Iterable[str], enough: int) -> list[str]:
    """The names that are most like what was said, the best first."""
    found = process.extract(
        spoken,
        list(names),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        score_cutoff=enough,
        limit=NEAREST,
    )
    return [name for name, score, _ in found if score > 0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))


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
        raise CatalogError(f"{path}: " + "; ".join(sentences(document, error))) from error
