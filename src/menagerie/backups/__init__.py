"""Backups: encrypted bundles of stores in a directory or an S3 bucket, and restoring them into a database."""
