import type { ReactNode } from "react";
import type { Answers } from "./fakes/answers";

interface BaseEntry {
  /** In the address, and in the accepted picture's file name if there is one. */
  name: string;
  title: string;
  /** Text on the page once the state is reached. */
  shows: string;
  /** What a customer does to reach this state. */
  steps?: (() => Promise<void>) | undefined;
}

/** A state of the storefront itself, produced by the server's answers. */
export interface PageEntry extends BaseEntry {
  kind: "page";
  /** Relative to the store, or to the root if it starts with `//`. */
  path?: string;
  visitor?: "signedIn" | "signedOut";
  answers?: Answers;
  /** Opens the pet over the shelf, not on its own page. */
  overShelf?: boolean;
  /** For states that no server answer produces. */
  render?: () => ReactNode;
}

/** One component in all its states. */
export interface ComponentEntry extends BaseEntry {
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

/** The entry's own address; the storefront ignores the `show` parameter. */
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
