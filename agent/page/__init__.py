"""The worker's own page, on this PC only: what is on, pause, consent, enrolment, live views."""
