"""What `menagerie doctor` checks, one module for each part of an installation."""
