"""Codes are those of RFC 2104, as the standard library makes them."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.mac import mac


@given(key=st.binary(max_size=200), data=st.binary(max_size=300))
def test_a_code_is_that_of_the_standard_library(key: bytes, data: bytes) -> None:
    assert mac(key, data) == hmac.digest(key, data, "sha256")
