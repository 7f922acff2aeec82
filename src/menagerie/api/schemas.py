"""The four schemas, merged from the types of each feature."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import StreamExecutionResult

from graphql import GraphQLError, GraphQLSchema
from menagerie.accounts.graphql import CustomerQuery, SessionMutation
from menagerie.accounts.merchant_graphql import MerchantCustomerMutation, PlatformMeQuery
from menagerie.accounts.visitor_graphql import SignUpMutation
from menagerie.api.errors import presentable
from menagerie.carts.graphql import CartMutation, CartQuery
from menagerie.graphql.reading import ReadDocuments
from menagerie.pets.graphql import ShelfQuery, ShelfSubscription
from menagerie.pets.merchant_graphql import MerchantPetMutation, MerchantPetQuery
from menagerie.purchases.graphql import PurchaseMutation, PurchaseQuery
from menagerie.stores.graphql import StoreQuery, VisitorStoreQuery
from menagerie.stores.merchant_graphql import MerchantStoreMutation, PlatformStoreMutation, PlatformStoreQuery

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2999


def parse_moment(value: object) -> datetime | date:
    """Parse an RFC 3339 instant with its offset, or a plain date."""
    if not isinstance(value, str):
        raise GraphQLError("A DateTime is written as a string such as 2026-11-22T09:30:00Z or 2026-11-22.")
    # Python also reads other forms of ISO 8601, such as 2026-W01-1.
    read = datetime.fromisoformat if "T" in value else date.fromisoformat
    try:
        moment = read(value if _MOMENT.fullmatch(value) else "")
    except ValueError:
        raise GraphQLError(f"{value[:40]!r} is not a DateTime such as 2026-11-22T09:30:00Z or 2026-11-22.") from None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise GraphQLError(f"{value[:40]!r} needs an offset from UTC, as in 2026-11-22T09:30:00Z or …+01:00.")
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        raise GraphQLError(f"A DateTime's year must be from {_EARLIEST_YEAR} to {_LATEST_YEAR}.")
    return moment


DateTime = strawberry.scalar(
    name="DateTime",
    description="An RFC 3339 instant with its offset. A range also accepts a plain date, which means that whole "
    "day in the store's time zone.",
    serialize=lambda moment: moment.isoformat(),
    parse_value=parse_moment,
)


class PresentErrors(SchemaExtension):
    """Limits the errors in a stream to what clients may see."""

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Replace the errors of a part of a stream before it is sent."""
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = presentable(errors)  # type: ignore[union-attr]  # getattr above found that this part has errors
        yield


class Schema(strawberry.Schema):
    """A schema whose answers limit errors to what clients may see, wherever they occur."""

    async def execute(self, *arguments: Any, **options: Any) -> ExecutionResult:
        """Execute an operation."""
        result = await super().execute(*arguments, **options)
        if result.errors:
            result.errors = presentable(result.errors)
        return result

    @property
    def graphql_schema(self) -> GraphQLSchema:
        """The graphql-core schema."""
        return self._schema

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Do nothing: api/errors.py handles errors."""


def _schema(query: type, mutation: type, subscription: type | None = None, *, suggestions: bool = True) -> Schema:
    return Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        extensions=[ReadDocuments, PresentErrors],
        config=StrawberryConfig(scalar_map={datetime: DateTime}, disable_field_suggestions=not suggestions),
    )


storefront = _schema(
    merge_types("Query", (StoreQuery, CustomerQuery, ShelfQuery, CartQuery, PurchaseQuery)),
    merge_types("Mutation", (SessionMutation, PurchaseMutation, CartMutation)),
    merge_types("Subscription", (ShelfSubscription,)),
)
merchant = _schema(
    merge_types("Query", (StoreQuery, MerchantPetQuery)),
    merge_types("Mutation", (MerchantStoreMutation, MerchantPetMutation, MerchantCustomerMutation)),
)
platform = _schema(
    merge_types("Query", (PlatformMeQuery, PlatformStoreQuery)),
    merge_types("Mutation", (PlatformStoreMutation,)),
)
signup = _schema(
    merge_types("Query", (VisitorStoreQuery,)), merge_types("Mutation", (SignUpMutation,)), suggestions=False
)

SCHEMAS = {"storefront": storefront, "merchant": merchant, "platform": platform, "signup": signup}
