"""Whoever watches over the processes asks each of them, without being anyone."""

import http.client
from contextlib import closing

import pytest

from tests.moonshot_app.site import Site


@pytest.mark.promise("15.watching.health")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_each_process_says_that_it_lives_and_that_it_is_ready(site: Site, path: str):
    for port in (site.port, site.mcp.port):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", path)
            assert connection.getresponse().status == 200
