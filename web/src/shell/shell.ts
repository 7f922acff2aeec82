import { applyAccent } from "../app/accent";
import { loadSession, type Session } from "../app/session";
import { storeSlugIn } from "../app/storeAddress";
import { type Storefront, storefrontInPage } from "../features/account/storefront";
import type { InitialShelf } from "../features/pets/shelf";
import { readShelfFilter } from "../features/pets/shelfFilter";
import "../styles/base.css";
import { shelfShell, signInShell } from "./draw";
import { fetchPage } from "./fetchPage";
import { showFirstPictures } from "./firstPictures";
import { fetchInitialShelf } from "./initialShelf";
import { firstPaint, nextPaint, pause } from "./waiting";

// The prerendered shell: React and the code built on it are most of what a visit fetches, but the
// store's name, text and first pictures can be shown before. The page then replaces the shell.

/** The longest that the page waits for the first pictures, in milliseconds. */
const maxWait = 300;

let initialShelf: InitialShelf | undefined;

async function openShelf(store: Storefront, slug: string, session: Session): Promise<void> {
  const filter = readShelfFilter(location.search);
  const isShelf = /^\/stores\/[^/]+\/?$/.test(location.pathname);
  // If there is no answer, the page itself finds out why and reports it.
  const requested = isShelf
    ? fetchInitialShelf(slug, session, filter).catch(() => undefined)
    : undefined;
  // A page that starts before the answer waits for it, too, so that nothing is requested twice.
  if (requested) initialShelf = { filter, part: requested };
  const isShown = show(shelfShell(store, isShelf ? filter : null));
  if (isShown) await firstPaint();
  const part = await requested;
  if (part) initialShelf = { filter, part };
  if (!isShown || !part) return;
  await showFirstPictures(part.nodes);
  await nextPaint();
}

async function openSignIn(store: Storefront): Promise<void> {
  if (show(signInShell(store))) await firstPaint();
}

/** Returns whether there is a shell: only a build has one. */
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
  // The page itself reports whatever goes wrong here.
  await Promise.race([open().catch(() => undefined), pause(maxWait)]);
  const { start } = await fetchPage();
  start(initialShelf);
}

// Not awaited: the page imports parts of this script and would wait for it in turn.
void run();
