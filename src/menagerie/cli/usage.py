"""What a command answers when it was not called as it wants to be."""

from menagerie.errors import Problem


class WrongUsage(Problem):
    """Call the command again with the options that the message names; exit code 2."""
