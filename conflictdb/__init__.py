"""The dataset: models, vocabularies, rules, estimates, fixtures' checks and the admin. Never imports ``api``."""
