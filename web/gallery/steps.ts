/** Long enough for a busy machine. */
const timeout = 30_000;
const pause = 20;

/** Waits until `find` finds something, and returns it. */
export async function waitFor<Found>(
  what: string,
  find: () => Found | null | undefined,
): Promise<Found> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not appear.`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export const waitForText = (text: string): Promise<true> =>
  waitFor(`“${text}”`, () => (document.body.textContent?.includes(text) ? true : null));

const nameOf = (element: Element) =>
  (element.getAttribute("aria-label") ?? element.textContent ?? "").trim();

/** Presses the first button or link with this name. */
export async function press(name: string): Promise<void> {
  const element = await waitFor(`“${name}”`, () =>
    [...document.querySelectorAll<HTMLElement>("button, a, [role=menuitem]")].find(
      (candidate) => nameOf(candidate) === name,
    ),
  );
  element.click();
}

export async function scrollToEnd(): Promise<void> {
  window.scrollTo(0, document.documentElement.scrollHeight);
}

/** Fills the field with this label so that React notices. */
export async function fill(label: string, text: string): Promise<void> {
  const field = await waitFor(`“${label}”`, () =>
    [...document.querySelectorAll("label")].find((candidate) => nameOf(candidate) === label),
  );
  const input = field.control;
  if (!(input instanceof HTMLInputElement)) throw new Error(`“${label}” labels nothing.`);
  // React overrides the element's own property, so use the prototype's setter.
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value") ?? {};
  set?.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
