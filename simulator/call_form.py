"""What Twilio posts of an incoming call. Pure."""

from simulator.webhooks import Account


def call_form(
    account: Account, call_sid: str, from_: str, status: str, stir_verstat: str | None
) -> dict[str, str]:
    """The form of a webhook; blank values are signed too.

    Args:
        account: the account that the number belongs to.
        call_sid: of the call.
        from_: the caller's number, or what Twilio gives instead.
        status: of the call.
        stir_verstat: what the carriers vouch for; None leaves it out.
    """
    people = ("From", "Caller", "To", "Called")
    places = {f"{who}{what}": "" for who in people for what in ("City", "State", "Zip")}
    trust = {} if stir_verstat is None else {"StirVerstat": stir_verstat}
    return {
        **places,
        **{f"{who}Country": "US" for who in people},
        **trust,
        "CallSid": call_sid,
        "AccountSid": account.account_sid,
        "From": from_,
        "Caller": from_,
        "To": account.number,
        "Called": account.number,
        "CallStatus": status,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }
