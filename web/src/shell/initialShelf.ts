import type { Session } from "../app/session";
import type { ShelfFilter } from "../features/pets/shelfFilter";
import { type ShelfPart, shelfDocument, shelfVariables } from "../features/pets/shelfQuery";
import { basicAuthorization } from "../graphql/credentials";
import { execute } from "../graphql/request";

/** Requests the shelf's first pets, with exactly the page's own query. */
export async function fetchInitialShelf(
  store: string,
  { email, token }: Session,
  filter: ShelfFilter,
): Promise<ShelfPart> {
  const authorization = basicAuthorization({ store, email, secret: token });
  const variables = shelfVariables(filter, null);
  return (await execute("/graphql/storefront", shelfDocument, variables, { authorization })).pets;
}
