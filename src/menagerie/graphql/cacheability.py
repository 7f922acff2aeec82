"""Cacheability: an answer may be kept for every caller of a store only if every selected field is cacheable.

Features declare which of their fields are cacheable; no others are. A cacheable field is the same for every caller of
the store until its catalogue changes.
"""

from typing import TypeVar

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_object_type,
    visit,
)

Cls = TypeVar("Cls")

CACHEABLE = {"cacheable": True}
"""Metadata of a root field whose answer is the same for every caller of the store until the catalogue changes."""


def cacheable(cls: type[Cls]) -> type[Cls]:
    """Declare every field of a type cacheable: the same for every caller of the store."""
    cls.cacheable_in_store = True  # type: ignore[attr-defined]  # read back below
    return cls


def is_cacheable(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether the document has a single operation, a query, all of whose fields are cacheable."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        return False
    type_info = TypeInfo(schema)
    visitor = _FieldVisitor(type_info)
    visit(document, TypeInfoVisitor(type_info, visitor))
    return visitor.every_field_cacheable


class _FieldVisitor(Visitor):
    def __init__(self, type_info: TypeInfo) -> None:
        super().__init__()
        self._type_info = type_info
        self.every_field_cacheable = True

    def enter_field(self, node: FieldNode, *_arguments: object) -> None:
        if not (node.name.value == "__typename" or self._declared_cacheable()):
            self.every_field_cacheable = False

    def _declared_cacheable(self) -> bool:
        parent, field = self._type_info.get_parent_type(), self._type_info.get_field_def()
        if field is None or not is_object_type(parent):
            return False
        definition = field.extensions.get("strawberry-definition")
        if getattr(definition, "metadata", {}).get("cacheable"):
            return True
        owner = get_named_type(parent).extensions.get("strawberry-definition")
        return bool(getattr(getattr(owner, "origin", None), "cacheable_in_store", False))
