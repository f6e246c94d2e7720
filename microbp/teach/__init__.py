"""The teacher's tools, imported when they are used."""
