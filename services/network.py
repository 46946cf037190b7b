"""Of whom tries are counted, where no one has said who he is: of the network he comes from."""

import ipaddress


def network_of(ip: str | None) -> str | None:
    """An IPv4 address, or the /64 of an IPv6 address, which is what one subscriber has."""
    if ip is None:
        return None
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:100]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
