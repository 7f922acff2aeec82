"""Accounts: merchants and customers, how they prove who they are, and what protects that."""
