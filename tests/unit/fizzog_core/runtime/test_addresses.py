import pytest

from fizzog_core.runtime.addresses import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("", ""),
        ("testclient", "testclient"),
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_one_network_is_one_client(address: str, network: str) -> None:
    assert network_of(address) == network
