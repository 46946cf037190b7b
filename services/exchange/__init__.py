"""Records that come in and go out: FHIR, CSV, exports."""
