"""Tokens are random, kept only as hashes, and forms carry a derivative."""

from sentinel.crypto.token import form_token, new_token, same_token, token_hash


def test_tokens_differ_and_do_not_show_in_what_is_derived() -> None:
    """Neither the hash nor the form's token contains the token."""
    token = new_token()
    assert token != new_token()
    assert len(token) >= 43
    assert token not in token_hash(token)
    assert token not in form_token(token)
    assert token_hash(token) != form_token(token)


def test_comparison() -> None:
    """Equal is equal; an empty one equals nothing else."""
    assert same_token("a", "a")
    assert not same_token("", "a")
    assert not same_token("ä", "a")
