/** What stands in the templates where a store's own words will. */
export const blanks = {
  name: "{name}",
  description: "{description}",
  lead: "{lead}",
  demoEmail: "{demo email}",
  demoPassword: "{demo password}",
} as const;

export type Words = Readonly<Record<keyof typeof blanks, string>>;

/** The ids of the template elements in index.html. */
export const templateIds = {
  signIn: "opening-sign-in",
  shelf: "opening-shelf",
  late: "opening-late",
} as const;

export type TemplateName = keyof typeof templateIds;
