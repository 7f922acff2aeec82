"""PostgreSQL: which server owns a store, the tables, and the only way to open a transaction."""
