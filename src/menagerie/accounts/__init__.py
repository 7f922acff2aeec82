"""Accounts: merchants and customers, how they authenticate, and what protects that."""
