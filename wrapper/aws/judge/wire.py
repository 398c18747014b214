"""A recorded request, read by botocore's service models: the operation and its parameters.

botocore writes requests and reads responses; this is the reverse, for each protocol that the callers use.
What a model does not have is kept apart, not dropped: AWS would refuse it.
"""

import base64
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

if TYPE_CHECKING:  # importing botocore takes a while
    from botocore.model import OperationModel, ServiceModel

Params = dict[str, Any]
Recorded = Mapping[str, Any]
# botocore has one class of shapes with type_name; its stubs have a class for each.
Shape = Any

# Signing names for which botocore has another name.
_MODELS = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
_SMITHY = re.compile(r"/service/\w+/operation/(\w+)")
# Query parameters that clients add to S3's.
_NOBODYS = {"x-id"}


class Unreadable(Exception):
    """The models have no such request; the text says which."""


@dataclass
class Call:
    """One request: the caller, the operation's model, its parameters, and what the model does not have."""

    caller: str
    step: str
    region: str
    status: int
    model: "OperationModel"
    params: Params
    strange: list[str] = field(default_factory=list)

    @property
    def service(self) -> str:
        """The service's name in botocore, such as elbv2."""
        return str(self.model.service_model.service_name)

    @property
    def operation(self) -> str:
        return str(self.model.name)


def read(line: Recorded) -> Call:
    """Read a line of a recording; raises Unreadable."""
    model = _service(line["service"])
    headers = {name.lower(): str(value) for name, value in (line.get("headers") or {}).items()}
    body = _body(line)
    query = parse_qsl(line.get("query") or "", keep_blank_values=True)
    name, form = _operation(model, line, headers, body, query)
    operation = model.operation_model(name)
    strange: list[str] = []
    shape = operation.input_shape
    if shape is None:
        params: Params = {}
    elif form is not None:
        params = _Form(form, strange, ec2=model.protocol == "ec2").read(shape)
    elif _is_rest(model):
        params = _Rest(operation, line["path"], query, headers, body, strange).read()
    else:
        params = _tree(shape, _document(headers, body), "", strange)
    return Call(
        caller=line["caller"],
        step=line.get("step") or "",
        region=line.get("region") or "",
        status=int(line.get("status") or 0),
        model=operation,
        params=params,
        strange=strange,
    )


@cache
def _service(signing_name: str) -> "ServiceModel":
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    try:
        return botocore.session.get_session().get_service_model(_MODELS.get(signing_name, signing_name))
    except UnknownServiceError:
        raise Unreadable(f"no service signs as {signing_name}") from None


def _body(line: Recorded) -> bytes:
    text = line.get("body") or ""
    return base64.b64decode(text) if line.get("encoding") == "base64" else str(text).encode()


Pairs = list[tuple[str, str]]


def _operation(
    model: "ServiceModel", line: Recorded, headers: Mapping[str, str], body: bytes, query: Pairs
) -> tuple[str, Pairs | None]:
    """Return the operation's name and, in the query protocols, the form."""
    target = headers.get("x-amz-target", "")
    if smithy := _SMITHY.fullmatch(line["path"]):
        name, form = smithy[1], None
    elif target:
        name, form = target.rpartition(".")[2], None
    elif _is_rest(model):
        return _by_path(model, line["method"], line["path"], {**headers, **dict(query)}), None
    else:
        form = [*query, *parse_qsl(body.decode(), keep_blank_values=True)]
        name = dict(form).get("Action", "")
    if name not in model.operation_names:
        raise Unreadable(f"{model.service_name} has no operation {name or 'without a name'}")
    return name, form


def _is_rest(model: "ServiceModel") -> bool:
    return str(model.protocol).startswith("rest-")


def _by_path(model: "ServiceModel", method: str, path: str, told: Mapping[str, str]) -> str:
    fitting = [
        (-len(wanted), -len(pattern.pattern), model.operation_model(name).deprecated, name)
        for name, verb, pattern, wanted in _routes(str(model.service_name))
        if verb == method and pattern.fullmatch(path) and _fits(wanted, told)
    ]
    if not fitting:
        raise Unreadable(f"{model.service_name} has no operation for {method} {path}")
    # The operation with the most conditions is meant: GET /bucket?encryption also fits GET /bucket.
    return min(fitting)[-1]


def _fits(wanted: Mapping[str, str], told: Mapping[str, str]) -> bool:
    return all(name in told and value in ("", told[name]) for name, value in wanted.items())


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str], Mapping[str, str]]]:
    """List name, method, path and required query and headers ("" is any value) of each operation."""
    model = _service(service)
    routes: list[tuple[str, str, re.Pattern[str], Mapping[str, str]]] = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        fixed = dict(parse_qsl(query, keep_blank_values=True))
        routes.append((name, operation.http["method"], _pattern(path), fixed | _required(operation)))
    return routes


def _required(operation: "OperationModel") -> dict[str, str]:
    shape = operation.input_shape
    members = [shape.members[name] for name in shape.required_members] if shape else []
    return {
        str(each.serialization["name"]).lower() if place == "header" else each.serialization["name"]: ""
        for each in members
        if (place := each.serialization.get("location")) in ("header", "querystring")
    }


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\+?\})", path.rstrip("/"))
    return re.compile("".join(_part(part) for part in parts) + "/?")


def _part(part: str) -> str:
    name = part.strip("{}+")
    if part.endswith("+}"):
        return f"(?P<{name}>.+)"
    return f"(?P<{name}>[^/]+)" if part.startswith("{") else re.escape(part)


def _document(headers: Mapping[str, str], body: bytes) -> Any:
    """Return the body as JSON or CBOR data."""
    if "cbor" in headers.get("content-type", "") or headers.get("smithy-protocol") == "rpc-v2-cbor":
        from botocore.parsers import BaseCBORParser

        parser = BaseCBORParser()
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise Unreadable(f"the body is no JSON: {error}") from None


def _tree(shape: Shape, value: Any, path: str, strange: list[str]) -> Any:
    """Rename members as in the model; types are checked later."""
    if shape.type_name == "structure" and isinstance(value, Mapping) and not shape.is_document_type:
        names = {each.serialization.get("name", name): name for name, each in shape.members.items()}
        strange.extend(f"{path}.{key}".lstrip(".") for key in value if key not in names and key != "__type")
        return {
            names[key]: _tree(shape.members[names[key]], each, f"{path}.{names[key]}", strange)
            for key, each in value.items()
            if key in names and each is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_tree(shape.member, each, f"{path}[{at}]", strange) for at, each in enumerate(value)]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _tree(shape.value, each, f"{path}.{key}", strange) for key, each in value.items()}
    return value


def _scalar(shape: Shape, text: str) -> Any:
    """Convert text to the shape's type; text that cannot be converted stays, and the models refuse it."""
    kind = shape.type_name
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "blob":
            return base64.b64decode(text)
    except ValueError:
        pass
    return text


class _Form:
    """The parameters of the query protocols, whose names are paths such as Tags.member.1.Key."""

    def __init__(self, form: Pairs, strange: list[str], *, ec2: bool) -> None:
        self._left = dict(form)
        self._strange = strange
        self._ec2 = ec2

    def read(self, shape: Shape) -> Params:
        self._left.pop("Action", None)
        self._left.pop("Version", None)
        params = self._value(shape, "")
        self._strange.extend(self._left)
        return params if isinstance(params, dict) else {}

    def _value(self, shape: Shape, prefix: str) -> Any:
        """Return the value of a prefix; None without one."""
        if prefix and not self._has(prefix):
            return None
        if shape.type_name == "structure":
            members = {
                name: self._value(each, f"{prefix}.{self._name(each, name)}".lstrip("."))
                for name, each in shape.members.items()
            }
            return {name: value for name, value in members.items() if value is not None}
        if shape.type_name == "list":
            if self._left.get(prefix) == "":  # an empty list
                del self._left[prefix]
                return []
            return self._items(self._list_prefix(shape, prefix), shape.member)
        if shape.type_name == "map":
            return self._map(shape, prefix)
        return _scalar(shape, self._left.pop(prefix)) if prefix in self._left else None

    def _has(self, prefix: str) -> bool:
        return any(name == prefix or name.startswith(f"{prefix}.") for name in self._left)

    def _items(self, prefix: str, shape: Shape) -> list[Any]:
        found: list[Any] = []
        while (value := self._value(shape, f"{prefix}.{len(found) + 1}")) is not None:
            found.append(value)
        return found

    def _list_prefix(self, shape: Shape, prefix: str) -> str:
        if self._ec2:
            return prefix
        if not shape.serialization.get("flattened"):
            return f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        own = shape.member.serialization.get("name")
        return ".".join([*prefix.split(".")[:-1], own]) if own else prefix

    def _map(self, shape: Shape, prefix: str) -> Params:
        start = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        found: Params = {}
        while (key := self._value(shape.key, f"{start}.{len(found) + 1}.{key_name}")) is not None:
            found[key] = self._value(shape.value, f"{start}.{len(found) + 1}.{value_name}")
        return found

    def _name(self, shape: Shape, name: str) -> str:
        if not self._ec2:
            return str(shape.serialization.get("name", name))
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        own = str(shape.serialization.get("name", name))
        return own[0].upper() + own[1:]


class _Rest:
    """The parameters of the REST protocols: in path, query, headers and body."""

    def __init__(
        self,
        operation: "OperationModel",
        path: str,
        query: Pairs,
        headers: Mapping[str, str],
        body: bytes,
        strange: list[str],
    ) -> None:
        self._operation = operation
        template, _, fixed = operation.http["requestUri"].partition("?")
        found = _pattern(template).fullmatch(path)
        self._path = {name: unquote(value) for name, value in (found.groupdict() if found else {}).items()}
        self._fixed = dict(parse_qsl(fixed, keep_blank_values=True))
        self._query: dict[str, list[str]] = {}
        for name, value in query:
            self._query.setdefault(name, []).append(value)
        self._headers = headers
        self._body = body
        self._strange = strange

    def read(self) -> Params:
        shape = self._operation.input_shape
        assert shape is not None
        params: Params = {}
        known = {*self._fixed, *_NOBODYS}
        for name, member in shape.members.items():
            place = member.serialization.get("location")
            key = member.serialization.get("name", name)
            if place == "querystring":
                known.add(key)
            value = self._located(place, key, member)
            if value is not None:
                params[name] = value
        self._strange.extend(f"?{name}" for name in self._query if name not in known)
        return params | self._payload(shape)

    def _located(self, place: str | None, key: str, member: Shape) -> Any:
        if place == "uri" and key in self._path:
            return _scalar(member, self._path[key])
        if place == "querystring" and key in self._query:
            values = self._query[key]
            if member.type_name == "list":
                return [_scalar(member.member, value) for value in values]
            return _scalar(member, values[0])
        if place == "header" and key.lower() in self._headers:
            text = self._headers[key.lower()]
            if member.type_name == "list":
                return [_scalar(member.member, value.strip()) for value in text.split(",")]
            return _scalar(member, text)
        if place == "headers":
            start = key.lower()
            found = {
                name.removeprefix(start): value
                for name, value in self._headers.items()
                if name.startswith(start)
            }
            return found or None
        return None

    def _payload(self, shape: Shape) -> Params:
        payload = shape.serialization.get("payload")
        if payload:
            member = shape.members[payload]
            if member.type_name in ("blob", "string"):
                content = self._body if member.type_name == "blob" else self._body.decode(errors="replace")
                return {payload: content} if content else {}
            return {payload: self._structure(member)} if self._body else {}
        inside = {name for name, each in shape.members.items() if "location" not in each.serialization}
        if not inside or not self._body:
            return {}
        found = self._structure(shape)
        return {name: value for name, value in found.items() if name in inside}

    def _structure(self, shape: Shape) -> Params:
        if self._operation.service_model.protocol == "rest-json":
            found = _tree(shape, _document(self._headers, self._body), "", self._strange)
        else:
            try:
                root = ElementTree.parse(io.BytesIO(self._body)).getroot()
            except ElementTree.ParseError as error:
                raise Unreadable(f"the body is no XML: {error}") from None
            found = _xml(shape, root, "", self._strange)
        return found if isinstance(found, dict) else {}


def _xml(shape: Shape, node: ElementTree.Element, path: str, strange: list[str]) -> Any:
    if shape.type_name == "structure":
        return _xml_structure(shape, node, path, strange)
    if shape.type_name == "list":
        return [_xml(shape.member, each, f"{path}[{at}]", strange) for at, each in enumerate(node)]
    if shape.type_name == "map":
        key, value = (
            each.serialization.get("name", name)
            for each, name in ((shape.key, "key"), (shape.value, "value"))
        )
        entries = [{_tag(part): part for part in entry} for entry in node]
        return {entry[key].text or "": _xml(shape.value, entry[value], path, strange) for entry in entries}
    return _scalar(shape, node.text or "")


def _xml_structure(shape: Shape, node: ElementTree.Element, path: str, strange: list[str]) -> Params:
    names = {}
    for name, each in shape.members.items():
        if each.type_name == "list" and each.serialization.get("flattened"):
            names[each.member.serialization.get("name") or each.serialization.get("name", name)] = name
            names[each.serialization.get("name", name)] = name
        elif not each.serialization.get("xmlAttribute"):
            names[each.serialization.get("name", name)] = name
    found: Params = {}
    for attribute in node.attrib:
        for name, each in shape.members.items():
            if each.serialization.get("xmlAttribute") and _local(attribute) == _local(
                each.serialization["name"]
            ):
                found[name] = node.attrib[attribute]
    for child in node:
        tag = _tag(child)
        if tag not in names:
            strange.append(f"{path}.{tag}".lstrip("."))
            continue
        name = names[tag]
        member = shape.members[name]
        if member.type_name == "list" and member.serialization.get("flattened"):
            found.setdefault(name, []).append(_xml(member.member, child, f"{path}.{name}", strange))
        else:
            found[name] = _xml(member, child, f"{path}.{name}", strange)
    return found


def _tag(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _local(name: str) -> str:
    return re.split(r"[:}]", name)[-1]
