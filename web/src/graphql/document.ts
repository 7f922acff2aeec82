import type { TadaDocumentNode } from "gql.tada";

/** A document at run time: its definitions as they are sent, its own first. */
type Definitions = readonly string[];

/**
 * Makes documents in place of gql.tada, which only types them: parsed in the browser, they would
 * have to be printed again. A document is always the same text, by which the server caches.
 */
export const definitionsOf = (
  text: string,
  fragments: readonly Definitions[] = [],
): Definitions => [...new Set([text.replace(/\s+/g, " ").trim(), ...fragments.flat()])];

export const textOf = (made: TadaDocumentNode<unknown, never>): string =>
  (made as unknown as Definitions).join(" ");
