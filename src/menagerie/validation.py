"""User input checks. Each failure is a sentence, and all failures are reported at once."""

import re
import unicodedata
from dataclasses import dataclass, field

# One @, no spaces, a dot in the domain: only sending a message can verify more than that (RFC 5321 lengths).
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,63}")
_MAX_EMAIL_LENGTH = 254
# Control, surrogate, private-use and unassigned characters; line breaks are allowed only in multi-line texts.
_UNWANTED = {"Cc", "Cs", "Co", "Cn"}
_DIRECTION_OVERRIDES = set("\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, in a sentence."""

    field: str
    message: str


@dataclass(slots=True)
class Validation:
    """Collects the problems of an input."""

    problems: list[FieldProblem] = field(default_factory=list)

    def text(
        self, name: str, value: str, *, label: str, max_length: int, lines: bool = False, empty: bool = False
    ) -> str:
        """Return the text trimmed and normalised (NFC), after checking its length and characters."""
        text = unicodedata.normalize("NFC", value).strip()
        if not _visible(text) and not empty:
            self.add(name, f"{label} cannot be empty.")
        elif len(text) > max_length:
            self.add(name, f"{label} can have at most {max_length:,} characters; this has {len(text):,}.")
        elif not _writable(text, lines=lines):
            self.add(name, f"{label} cannot contain control characters.")
        return text

    def email(self, name: str, value: str) -> str:
        """Return the email address trimmed and normalised (NFC), after checking its form."""
        text = unicodedata.normalize("NFC", value).strip()
        if (
            len(text) > _MAX_EMAIL_LENGTH
            or not _EMAIL.fullmatch(text)
            or ".." in text
            or not _writable(text, lines=False)
        ):
            self.add(name, "This is not an email address. It should look like ada@example.com.")
        return text

    def add(self, name: str, message: str) -> None:
        """Record a problem with a field."""
        self.problems.append(FieldProblem(name, message))

    def check(self, name: str, message: str | None) -> None:
        """Record a problem with a field, if there is one."""
        if message is not None:
            self.add(name, message)


def _visible(text: str) -> bool:
    """Whether the text has anything besides spaces and format characters."""
    return any(unicodedata.category(character) not in {"Cf", "Zs", "Zl", "Zp"} for character in text)


def _writable(text: str, *, lines: bool) -> bool:
    allowed: set[str] = {"\n", "\t"} if lines else set()
    return all(
        character in allowed
        or (unicodedata.category(character) not in _UNWANTED and character not in _DIRECTION_OVERRIDES)
        for character in text
    )
