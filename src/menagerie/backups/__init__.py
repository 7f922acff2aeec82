"""Backups: encrypted bundles of stores in a directory or an S3 bucket, and the way back into a database."""
