"""What ministack's Certificate Manager lacks."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import acm, alb, route53

from emulator.patching import wrap
from emulator.replies import Response

_PENDING, _ISSUED = "PENDING_VALIDATION", "ISSUED"
# The dates that only an issued certificate has.
_DATES = ("IssuedAt", "NotBefore", "NotAfter")


def issued_when_proved() -> None:
    """Upstream issues a certificate at once; AWS waits until all its records are in a public zone.

    Here the record is enough: only public name servers could show whether the zone is delegated.
    """

    def request(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        before = set(acm._certificates)
        response = original(data)
        for arn in set(acm._certificates) - before:
            certificate = acm._certificates[arn]
            if certificate["ValidationMethod"] == "DNS":
                certificate["Status"] = _PENDING
                for option in certificate["DomainValidationOptions"]:
                    option["ValidationStatus"] = _PENDING
        return response

    def look(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        _prove_pending()
        return original(data)

    def shape(original: Callable[..., dict[str, Any]], certificate: Mapping[str, Any]) -> dict[str, Any]:
        shown = original(certificate)
        hidden = _DATES if certificate["Status"] == _PENDING else ()
        return {name: value for name, value in shown.items() if name not in hidden}

    wrap(acm, "_request_certificate", request)
    wrap(acm, "_cert_shape", shape)
    for action in ("_describe_certificate", "_list_certificates"):
        wrap(acm, action, look)


def issued_for_listeners() -> None:
    """Upstream gives a listener any certificate; AWS refuses one that is not issued yet."""

    def choose(original: Callable[..., Any], params: Mapping[str, Any]) -> Any:
        _prove_pending()
        arns, error = original(params)
        for arn in arns or ():
            if acm._certificates.get(arn, {}).get("Status") == _PENDING:
                must = "a fully-qualified domain name, a supported signature, and a supported key size"
                message = f"The certificate '{arn}' must have {must}."
                return None, alb._error("UnsupportedCertificate", message)
        return arns, error

    wrap(alb, "_default_certificate", choose)


def _prove_pending() -> None:
    for certificate in acm._certificates.values():
        if certificate["Status"] == _PENDING:
            _prove(certificate)


def _prove(certificate: dict[str, Any]) -> None:
    found = set(_public_records())
    for option in certificate["DomainValidationOptions"]:
        record = option["ResourceRecord"]
        if (record["Name"].lower(), record["Type"], record["Value"].rstrip(".")) in found:
            option["ValidationStatus"] = "SUCCESS"
    if all(each["ValidationStatus"] == "SUCCESS" for each in certificate["DomainValidationOptions"]):
        now = acm.now_iso()
        certificate.update(Status=_ISSUED, IssuedAt=now, NotBefore=now)


def _public_records() -> Iterator[tuple[str, str, str]]:
    """Yield name, type and value of the records in public zones."""
    with route53._lock:
        for zone_id, zone in route53._zones.items():
            for record in () if zone.get("private") else route53._records[zone_id]:
                for value in record.get("ResourceRecords", ()):
                    yield record["Name"].lower(), record["Type"], value.rstrip(".")
