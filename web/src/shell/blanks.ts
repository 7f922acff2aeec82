/** Blanks in the templates, to be filled with a store's own text. */
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
  signIn: "shell-sign-in",
  shelf: "shell-shelf",
  late: "shell-late",
} as const;

export type TemplateName = keyof typeof templateIds;
