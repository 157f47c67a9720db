"""The incidents of this API as Django REST Framework's own tutorial would have them: a reference, kept as it is."""
