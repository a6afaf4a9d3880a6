"""What every route reads of a request, beside the standard library's slower reading."""

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from kg.serve.http import fields_of

PIECES = st.sampled_from(
    [b"%", b"%4", b"%41", b"%e2%82%ac", b"%FF", b"%25", b"%3d", b"+", b"=", b"&", b"\n", b"a", b"_"]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=20).map(b"".join))
@example(b"query=%%=%3D&&x&%0a=\r\n%0D")
def test_an_address_is_read_as_the_standard_library_reads_it(data: bytes):
    try:
        told = parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as fault:
        told = type(fault)
    try:
        assert fields_of(data, 20) == told
    except ValueError as fault:
        assert type(fault) is told
