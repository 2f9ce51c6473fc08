"""Reading records: `dialect` reads one line of a daily dump, `dumps` whole files."""
