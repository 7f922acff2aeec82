import type { Session } from "../app/session";
import type { ShelfBeginning } from "../features/pets/shelf";
import type { ShelfFilter } from "../features/pets/shelfFilter";
import { shelfDocument, shelfVariables } from "../features/pets/shelfQuery";
import { basicAuthorization } from "../graphql/credentials";
import { execute } from "../graphql/request";

/** Asks for the first pets of the shelf, in the very words in which the page would. */
export async function askForShelf(
  store: string,
  { email, token }: Session,
  filter: ShelfFilter,
): Promise<ShelfBeginning> {
  const authorization = basicAuthorization({ store, email, secret: token });
  const variables = shelfVariables(filter, null);
  const answer = await execute("/graphql/storefront", shelfDocument, variables, { authorization });
  return { filter, part: answer.pets };
}
