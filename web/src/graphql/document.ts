import type { TadaDocumentNode } from "gql.tada";

/** What a document is at run time: its definitions as they are sent, its own first. */
type Definitions = readonly string[];

/**
 * Makes documents in place of gql.tada, which gives them their types: parsed in the browser, they would
 * only have to be printed again. The same document is always the same text, by which the server caches.
 */
export const definitionsOf = (
  text: string,
  fragments: readonly Definitions[] = [],
): Definitions => [...new Set([text.replace(/\s+/g, " ").trim(), ...fragments.flat()])];

export const textOf = (made: TadaDocumentNode<unknown, never>): string =>
  (made as unknown as Definitions).join(" ");
