"""File operations that every store needs: locks, atomic writes, private folders, regular files."""
