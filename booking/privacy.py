"""The [privacy] table of spa.toml: what is kept of people, and how long."""

from pydantic import Field

from booking.spa import Table


class Privacy(Table):
    """What is kept of callers and customers; docs/privacy.md lists all of it.

    Of days, 0 is for ever.

    Attributes:
        transcripts: whether words of callers and agent are kept, and what tools were told.
        consent: the sentence with which the agent tells callers so.
        recordings: whether both sides of calls are recorded.
        recording_consent: the sentence with which the agent tells callers that, and that their
            words are kept, in place of `consent`.
        transcript_days: after that the words go; who spoke when, and how long, stays.
        recording_days: after that a recording is deleted.
        call_days: after that the whole record of a call goes.
        voicemail_days: after that a voicemail is deleted at Twilio.
        message_days: after that what callers had told to the staff goes.
        text_days: after that the text messages to customers go.
        waitlist_days: after its last day a wish on the waitlist goes.
        audit_days: after that goes who changed what in the appointment book.
        customer_days: after the last appointment a customer becomes nobody; see `spaline forget`.
    """

    transcripts: bool = False
    consent: str = Field(default="This call is transcribed.", min_length=1)
    recordings: bool = False
    recording_consent: str = Field(default="This call is recorded and transcribed.", min_length=1)
    transcript_days: int = Field(default=30, ge=0)
    recording_days: int = Field(default=30, ge=0)
    call_days: int = Field(default=365, ge=0)
    voicemail_days: int = Field(default=30, ge=0)
    message_days: int = Field(default=180, ge=0)
    text_days: int = Field(default=180, ge=0)
    waitlist_days: int = Field(default=30, ge=0)
    audit_days: int = Field(default=730, ge=0)
    customer_days: int = Field(default=1095, ge=0)

    def announced(self, greeting: str) -> str:
        """The first words on the phone: who is recorded hears so before anything else."""
        if self.recordings:
            return f"{self.recording_consent} {greeting}"
        return f"{self.consent} {greeting}" if self.transcripts else greeting
