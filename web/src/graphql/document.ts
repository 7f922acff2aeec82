import type { TadaDocumentNode } from "gql.tada";

/** A document at run time: its definitions as they are sent, its own first. */
type Definitions = readonly string[];

/**
 * Builds documents instead of gql.tada, which only types them: documents parsed in the browser
 * would have to be printed again. A document's text never varies, because the server caches by it.
 */
export const definitionsOf = (
  text: string,
  fragments: readonly Definitions[] = [],
): Definitions => [...new Set([text.replace(/\s+/g, " ").trim(), ...fragments.flat()])];

export const textOf = (made: TadaDocumentNode<unknown, never>): string =>
  (made as unknown as Definitions).join(" ");
