"""How the schema came about: one script for each change of it, run by Alembic."""
