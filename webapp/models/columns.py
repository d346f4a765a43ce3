"""Types of columns: one of a closed set of words, and a rule set."""

import json
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, Dialect, Enum, String, Text, TypeDecorator

from webapp.crypto import CannotOpen
from webapp.extensions import sealer
from webapp.rulebook.ruleset import RuleSet

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Rule sets that a process keeps parsed: parsing one takes seven times as long as finding it.
MAX_PARSED = 256


def columns_of(table: Any, record: "type[DataclassInstance]") -> list[Any]:
    """Return the columns that a record has fields for, in its order. `table`: a model, or the columns of a table."""
    return [getattr(table, field.name) for field in fields(record)]


def word(words: type[StrEnum], length: int) -> Enum:
    """Return the type of a column of text that holds one of `words`."""
    return Enum(words, native_enum=False, length=length, values_callable=_values)


class OpenWord(TypeDecorator[Any]):
    """A column of text that holds one of `words`, or a word of a later version, which is read as the text that it is.

    For words that no constraint lists: after a later version was here, what it stored must stop nothing.
    """

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.words = words

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return self.words(value) if value and value in self.words.__members__.values() else value


def ordered_by_bytes(length: int) -> String:
    """Return the type of a column of text in the order of its bytes, as on SQLite; comparing it then costs least."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def known(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that `column` holds nothing but one of `words`."""
    values = ", ".join(f"'{value}'" for value in _values(words))
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


def _values(words: type[StrEnum]) -> list[str]:
    return [each.value for each in words]


@lru_cache(MAX_PARSED)
def _parsed(text: str) -> RuleSet:
    return RuleSet.from_data(json.loads(text))


class Rules(TypeDecorator[RuleSet]):
    """A rule set, stored as the JSON of `RuleSet.to_data`. Reading raises RuleSetError for what no rule set says.

    Equal rules are read once: a challenge has them twice, and a group's challenges mostly share them.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: RuleSet | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.to_data()

    def process_result_value(self, value: Any, dialect: Dialect) -> RuleSet | None:
        return None if value is None else _parsed(json.dumps(value))


class Sealed(TypeDecorator[str]):
    """A text that is in the database sealed only. Reading gives None where none of the present keys opens it.

    Sealing a text twice gives two values, so rows cannot be found by it.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sealer().seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        try:
            return None if value is None else sealer().open(value)
        except CannotOpen:
            return None
