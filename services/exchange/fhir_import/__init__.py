"""FHIR R4 files into one clinic's tables: each file whole or not at all, twice as good as once.

`run` takes files, `transfer` one file, `batch` what is written together; `resources/` has one
mapper for each resource type that is kept.
"""
