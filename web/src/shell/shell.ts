import { applyAccent } from "../app/accent";
import { loadSession, type Session } from "../app/session";
import { storeSlugIn } from "../app/storeAddress";
import { type Storefront, storefrontInPage } from "../features/account/storefront";
import type { ShelfBeginning } from "../features/pets/shelf";
import { readShelfFilter } from "../features/pets/shelfFilter";
import "../styles/base.css";
import { shelfShell, signInShell } from "./draw";
import { fetchPage } from "./fetchPage";
import { showFirstPictures } from "./firstPictures";
import { askForShelf } from "./firstShelf";
import { firstPaint, nextPaint, pause } from "./waiting";

// What is on screen first: React and what is built on it are most of what a visit fetches, and the store's name,
// its words and its first pictures can be there before. The page itself then takes the shell's place.

/** How long the page waits for the first pictures at most, in milliseconds. */
const patience = 300;

let beginning: ShelfBeginning | undefined;

async function openShelf(store: Storefront, slug: string, session: Session): Promise<void> {
  const filter = readShelfFilter(location.search);
  const isShelf = /^\/stores\/[^/]+\/?$/.test(location.pathname);
  // Why there is no answer, the page finds out and says by itself.
  const asked = isShelf ? askForShelf(slug, session, filter).catch(() => undefined) : undefined;
  const isShown = show(shelfShell(store, isShelf ? filter : null));
  if (isShown) await firstPaint();
  beginning = await asked;
  if (!isShown || !beginning) return;
  await showFirstPictures(beginning.part.nodes);
  await nextPaint();
}

async function openSignIn(store: Storefront): Promise<void> {
  if (show(signInShell(store))) await firstPaint();
}

/** Whether there is a prerendered shell: only a build has one. */
function show(shell: DocumentFragment | undefined): boolean {
  if (!shell) return false;
  document.getElementById("root")?.replaceChildren(shell);
  return true;
}

async function open(): Promise<void> {
  const store = storefrontInPage();
  const slug = storeSlugIn(location.pathname);
  if (!store || !slug) return;
  if (store.accent) applyAccent(store.accent);
  const session = loadSession(slug);
  if (session) await openShelf(store, slug, session);
  else if (store.open) await openSignIn(store);
}

async function run(): Promise<void> {
  // Whatever goes wrong here, the page itself has words for.
  await Promise.race([open().catch(() => undefined), pause(patience)]);
  const { start } = await fetchPage();
  start(beginning);
}

// Not awaited: the page's code imports some of what is here, and would wait for it in turn.
void run();
