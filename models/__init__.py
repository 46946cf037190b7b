"""The ground: tables, the words of the trade, the database's own functions and policies."""
