"""The OpenAPI 3.1 document, made from the operations that are served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports.web.api.operations import Operation
from reports.web.api.schemas import COMPONENTS, listed, ref
from reports.web.api.values import Value

_LISTS = {
    "Units": listed("units", "Thing"),
    "Sites": listed("sites", "Thing"),
    "Devices": listed("devices", "Thing"),
    "Links": listed("links", "Thing"),
    "Services": listed("services", "Thing"),
    "Outages": listed("outages", "Outage"),
}
_WHY = {
    400: "A value is missing, unknown or malformed; as text where the request cannot be parsed.",
    401: "No token, or one that is not valid any more.",
    403: "The role of the token is too small, or it is limited to units.",
    404: "There is no such thing, or the token may not see it.",
    409: "It changed since it was read, or is over.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    421: "The server is not called by that name.",
    422: "Each value is well formed, but together they make no sense; `detail` says why.",
    503: "The record cannot be read just now.",
}


def openapi(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        of_path = paths.setdefault(operation.path, {})
        of_path[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Canh",
            "version": version,
            "description": "What is, what was, what people say: with the keys of `canh … --json`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**COMPONENTS, **_LISTS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.about,
        "tags": [operation.topic],
        "responses": {str(status): answer for status, answer in _answers(operation).items()},
    }
    if operation.role is not None:
        told["security"] = [{"token": []}]
        told["x-role"] = operation.role.word
    if parameters := operation.of("query", "path", "header"):
        told["parameters"] = [_parameter(value) for value in parameters]
    if body := operation.of("body"):
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body(body)}},
        }
    return told


def _parameter(value: Value) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": value.name,
        "in": value.place,
        "description": value.about,
        "required": value.required,
        "schema": value.schema,
    }
    if value.schema.get("type") == "array":
        told |= {"style": "form", "explode": False}
    return told


def _body(values: Iterable[Value]) -> dict[str, Any]:
    properties, required = {}, []
    for value in values:
        schema = dict(value.schema)
        if value.empty:
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        properties[value.name] = schema | {"description": value.about}
        if value.required:
            required.append(value.name)
    told = {"type": "object", "properties": properties, "additionalProperties": False}
    return told | ({"required": required} if required else {})


def _answers(operation: Operation) -> Mapping[int, dict[str, Any]]:
    content = {operation.media: {"schema": operation.answer}} if operation.media else {}
    found: dict[int, dict[str, Any]] = {
        operation.status: {"description": "As asked.", "content": content}
    }
    if operation.tagged:
        found[operation.status]["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "for If-None-Match"}
        }
        found[304] = {"description": "Nothing changed since that ETag."}
    for status, about in operation.others.items():
        found[status] = {"description": about, "content": content}
    for status in _refusals(operation):
        found.setdefault(
            status,
            {
                "description": _WHY[status],
                "content": {"application/problem+json": {"schema": ref("Problem")}},
            },
        )
    found[400]["content"]["text/plain"] = {"schema": {"type": "string"}}
    return dict(sorted(found.items()))


def _refusals(operation: Operation) -> Iterable[int]:
    yield from (400, 421, 503)
    if operation.role is not None:
        yield from (401, 403)
    if operation.missing:
        yield 404
    if operation.late:
        yield 409
    if operation.of("body"):
        yield from (413, 415)
    if operation.refused:
        yield 422
