"""Publishers' files on their way into the database."""
