"""The proof that no job is lost and none is bought twice."""
