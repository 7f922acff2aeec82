import type { ReactNode } from "react";
import type { Answers } from "./fakes/answers";

interface Shown {
  /** In the address, and of the accepted picture if there is one. */
  name: string;
  title: string;
  /** Words that are there once the state is reached. */
  shows: string;
  /** What a customer does to get into this state. */
  steps?: (() => Promise<void>) | undefined;
}

/** A state of the storefront itself, as a customer gets it from a server that answers so. */
export interface PageEntry extends Shown {
  kind: "page";
  /** Within the store, or from the root where it begins with `//`. */
  path?: string;
  visitor?: "signedIn" | "signedOut";
  answers?: Answers;
  /** A pet that lies over the shelf, instead of being a page. */
  overShelf?: boolean;
  /** For what no server's answer leads to. */
  render?: () => ReactNode;
}

/** A component by itself, in all of its states. */
export interface ComponentEntry extends Shown {
  kind: "component";
  render: () => ReactNode;
}

export type Entry = PageEntry | ComponentEntry;

export interface Group {
  title: string;
  entries: readonly Entry[];
}

export const store = "/stores/pawsome";

function pathOf(entry: Entry): string {
  if (entry.kind === "component") return "/";
  const path = entry.path ?? "/";
  return path.startsWith("//") ? path.slice(1) : store + path;
}

/** Where an entry is shown alone; the storefront passes over what it does not know in an address. */
export function addressOf(entry: Entry): string {
  const path = pathOf(entry);
  return `${path}${path.includes("?") ? "&" : "?"}show=${entry.name}`;
}

type Rest = Omit<PageEntry, "kind" | "name" | "title" | "shows">;

export const page = (name: string, title: string, shows: string, rest: Rest = {}): PageEntry => ({
  kind: "page",
  name,
  title,
  shows,
  ...rest,
});

export const component = (
  name: string,
  title: string,
  shows: string,
  render: () => ReactNode,
): ComponentEntry => ({ kind: "component", name, title, shows, render });
