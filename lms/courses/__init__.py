"""Course › module › lesson, course packs, editions, enrolments, sponsors and reading progress."""
