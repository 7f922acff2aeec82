"""Import commands only when they are called, so that a small command does not wait for a large one."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

_COMPLETION = {"install_completion", "show_completion"}


class _Commands(MutableMapping[str, Any]):
    """The commands by name; looking one up imports its module and builds it from the module's `app`."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            command = typer.main.get_command(import_module(self._modules[name]).app)
            # The group itself offers completion for all its commands.
            command.params = [option for option in command.params if option.name not in _COMPLETION]
            command.name = name
            self._built[name] = command
        return self._built[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._built[name] = command

    def __delitem__(self, name: str) -> None:
        del self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class LazyGroup(TyperGroup):
    """A group whose commands live in modules that each have an `app`."""

    modules: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands(self.modules)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer's signature
        """The names of the commands, without importing their modules."""
        return list(self.commands)
