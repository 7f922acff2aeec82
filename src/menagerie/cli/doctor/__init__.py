"""What `menagerie doctor` checks, a module for each part of an installation."""
