import { applyAccent } from "../app/accent";
import { loadSession, type Session } from "../app/session";
import { storeSlugIn } from "../app/storeAddress";
import { type Storefront, storefrontInPage } from "../features/account/storefront";
import type { ShelfBeginning } from "../features/pets/shelf";
import { readShelfFilter, writeShelfFilter } from "../features/pets/shelfFilter";
import { shelfDocument, shelfVariables } from "../features/pets/shelfQuery";
import { basicAuthorization } from "../graphql/credentials";
import { execute } from "../graphql/request";
import "../styles/base.css";
import { shelfOpening, signInOpening, template } from "./draw";
import { showFirstPictures } from "./firstPictures";

// What is on screen first. The page's own code is fetched meanwhile and takes over when this is painted:
// React is most of what a visit fetches, and the store's name, its words and its first pictures can be there before it.

/** How long the page waits for the first pictures at most, in milliseconds. On a slow connection it takes longer itself. */
const patience = 300;

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** After the next paint; a tab in the background does not paint. */
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

let beginning: ShelfBeginning | undefined;

async function openShelf(store: Storefront, slug: string, session: Session): Promise<void> {
  const filter = readShelfFilter(location.search);
  const isShelf = /^\/stores\/[^/]+\/?$/.test(location.pathname);
  const asked = isShelf && askForShelf(slug, session);
  show(shelfOpening(store, isShelf, writeShelfFilter(filter) !== ""));
  await painted();
  if (!asked) return;
  const { pets: part } = await asked;
  beginning = { filter, part };
  await showFirstPictures(part.nodes);
  await painted();

  function askForShelf(store: string, { email, token }: Session) {
    const authorization = basicAuthorization({ store, email, secret: token });
    return execute("/graphql/storefront", shelfDocument, shelfVariables(filter, null), {
      authorization,
    });
  }
}

function show(opening: DocumentFragment | undefined): void {
  if (opening) document.getElementById("root")?.replaceChildren(opening);
}

async function open(): Promise<void> {
  const store = storefrontInPage();
  const slug = storeSlugIn(location.pathname);
  if (!store || !slug) return;
  if (store.accent) applyAccent(store.accent);
  const session = loadSession(slug);
  if (session) await openShelf(store, slug, session);
  else if (store.open) show(signInOpening(store));
  await painted();
}

/** The page itself, however often it has to be asked for. */
async function fetchPage(): Promise<typeof import("../main")> {
  for (let wait = 500; ; wait = Math.min(15_000, 2 * wait)) {
    try {
      return await import("../main");
    } catch {
      sayLate();
      await pause(wait);
    }
  }
}

function sayLate(): void {
  const late = template("late");
  const root = document.getElementById("root");
  if (late && root && !root.querySelector("[role=alert]")) root.prepend(late);
}

async function run(): Promise<void> {
  // Whatever goes wrong here, the page itself has words for.
  await Promise.race([open().catch(() => undefined), pause(patience)]);
  const { start } = await fetchPage();
  start(beginning);
}

// Not awaited: the page's code imports some of what is here, and would wait for it in turn.
void run();
