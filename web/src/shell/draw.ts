import pageStyles from "../components/Page.module.css";
import demoStyles from "../features/account/DemoLogin.module.css";
import signInStyles from "../features/account/SignInPage.module.css";
import type { Storefront } from "../features/account/storefront";
import toolbarStyles from "../features/pets/ShelfToolbar.module.css";
import { type ShelfFilter, writeShelfFilter } from "../features/pets/shelfFilter";
import { blanks, type TemplateName, templateIds, type Words } from "./blanks";

/** A template's content; undefined without a build, as in Vite's dev server. */
export function template(name: TemplateName): DocumentFragment | undefined {
  const element = document.getElementById(templateIds[name]);
  return element instanceof HTMLTemplateElement
    ? document.importNode(element.content, true)
    : undefined;
}

function fill(drawn: DocumentFragment, words: Words): void {
  const byBlank = new Map<string, string>(
    (Object.keys(blanks) as (keyof Words)[]).map((word) => [blanks[word], words[word]]),
  );
  const texts = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    text.data = byBlank.get(text.data) ?? text.data;
  }
}

/** A visitor's first screen. */
export function signInShell(store: Storefront): DocumentFragment | undefined {
  const drawn = template("signIn");
  if (!drawn) return undefined;
  if (!store.description) remove(drawn, signInStyles.description);
  if (!store.demoLogin) remove(drawn, demoStyles.demo);
  if (!store.signUpOpen) remove(drawn, signInStyles.other);
  fill(drawn, wordsOf(store));
  return inert(drawn);
}

/** A customer's first screen: the shelf's slots or, without a filter, only the layout. */
export function shelfShell(
  store: Storefront,
  filter: ShelfFilter | null,
): DocumentFragment | undefined {
  const drawn = template("shelf");
  if (!drawn) return undefined;
  if (!filter) drawn.querySelector("main")?.replaceChildren();
  else if (writeShelfFilter(filter)) hide(drawn, toolbarStyles.toolbar);
  if (!wordsOf(store).lead) remove(drawn, pageStyles.lead);
  if (store.welcome && pageStyles.brief) {
    drawn.querySelector(`.${pageStyles.brief}`)?.classList.remove(pageStyles.brief);
  }
  fill(drawn, wordsOf(store));
  return inert(drawn);
}

const wordsOf = ({ name, description, welcome, demoLogin }: Storefront): Words => ({
  name,
  description,
  lead: welcome || description,
  demoEmail: demoLogin?.email ?? "",
  demoPassword: demoLogin?.password ?? "",
});

function remove(drawn: DocumentFragment, className: string | undefined): void {
  drawn.querySelector(`.${className}`)?.remove();
}

/** Keeps its space. The template's toolbar is that of an unfiltered shelf. */
function hide(drawn: DocumentFragment, className: string | undefined): void {
  drawn.querySelector<HTMLElement>(`.${className}`)?.style.setProperty("visibility", "hidden");
}

/** Anything pressed or typed before the page is loaded would be lost. */
function inert(drawn: DocumentFragment): DocumentFragment {
  for (const child of drawn.children) if (child instanceof HTMLElement) child.inert = true;
  return drawn;
}
