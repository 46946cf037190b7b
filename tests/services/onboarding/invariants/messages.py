"""What must hold of what comes in and what goes out."""

from models.lab import LabResult
from models.message import InboxItem, PortalMessage, QuietHours, SpruceOutbound
from models.patient import PatientConsent
from models.vocabulary import Channel, ConsentKind, DeliveryStatus, InboxKind, ResultFlag
from tests.services.onboarding.sample import CLINICIANS, Sample, name_of


def texts_go_to_those_who_agreed(sample: Sample) -> list[str]:
    """A text goes only to a patient who has agreed to texts before, and to the patient's number."""
    agreed = {
        consent.patient_id: consent
        for consent in sample.where(PatientConsent, kind=ConsentKind.SMS)
        if consent.granted
    }
    return [
        name_of(text)
        for text in sample.of(SpruceOutbound)
        if text.patient_id not in agreed
        or text.queued_at < agreed[text.patient_id].decided_at
        or text.to_phone != sample.patient(text).phone
    ]


def texts_keep_quiet_hours(sample: Sample) -> list[str]:
    """No text is queued in the clinic's quiet hours."""
    (quiet,) = sample.where(QuietHours, channel=Channel.SMS)
    loud: list[str] = []
    for text in sample.of(SpruceOutbound):
        local = text.queued_at.astimezone(sample.time_zone)
        if not quiet.to_minute <= local.hour * 60 + local.minute < quiet.from_minute:
            loud.append(name_of(text))
    return loud


def texts_have_an_outcome(sample: Sample) -> list[str]:
    """A text was delivered, then it was sent; or it is dead, then it says why."""
    return [
        name_of(text)
        for text in sample.of(SpruceOutbound)
        if (text.status, text.sent_at is None, text.failure is None)
        not in {(DeliveryStatus.DELIVERED, False, True), (DeliveryStatus.DEAD, True, False)}
        or (text.sent_at and text.sent_at < text.queued_at)
    ]


def answers_follow_questions(sample: Sample) -> list[str]:
    """Received, read, answered, in this order; an answer is signed by a clinician."""
    items = sample.by_id(InboxItem)
    wrong: list[str] = []
    for item in items.values():
        steps = [item.received_at, item.read_at, item.answered_at]
        given = [step for step in steps if step is not None]
        if given != sorted(given) or (item.answered_at and not item.read_at):
            wrong.append(name_of(item))
    for answer in sample.of(PortalMessage):
        question = items.get(answer.in_reply_to) if answer.in_reply_to else None
        if (
            question is None
            or question.answered_at != answer.sent_at
            or answer.signer_id not in CLINICIANS
        ):
            wrong.append(name_of(answer))
    return wrong


def calls_are_about_abnormal_results(sample: Sample) -> list[str]:
    """A call about labs names an abnormal result that came before; nothing else names one."""
    results = sample.by_id(LabResult)
    wrong: list[str] = []
    for item in sample.of(InboxItem):
        result = results.get(item.lab_result_id) if item.lab_result_id else None
        about = result is not None and result.flag != ResultFlag.NORMAL
        in_time = result is None or (result.issued_at or item.received_at) <= item.received_at
        if about != (item.kind == InboxKind.LAB_CALLBACK) or not in_time:
            wrong.append(name_of(item))
    return wrong


def messages_have_a_channel(sample: Sample) -> list[str]:
    """A message came by portal or phone; calls and tasks came by neither."""
    return [
        name_of(item)
        for item in sample.of(InboxItem)
        if (item.channel is not None) != (item.kind == InboxKind.MESSAGE)
    ]
