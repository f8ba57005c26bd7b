"""What every part stands on: settings, errors, the database, locks, the console and how things are written."""
