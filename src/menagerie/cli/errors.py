"""The errors of the command line itself."""

from menagerie.errors import Problem


class WrongUsage(Problem):
    """Call the command again with the options that the message names; exit code 2."""
