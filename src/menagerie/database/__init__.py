"""PostgreSQL: which server holds a store, the tables, and the only way to open a transaction."""
