"""One mapper a file: a FHIR resource, decoded, becomes a row or is skipped with a reason."""
