"""Files as every store needs them: locks, atomic writes, private folders, ordinary files."""
