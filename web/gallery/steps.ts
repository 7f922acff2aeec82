/** As long as a busy machine may need; what can't be reached is told after it. */
const patience = 30_000;
const pause = 20;

/** What `find` finds, as soon as it does. */
export async function appeared<Found>(
  what: string,
  find: () => Found | null | undefined,
): Promise<Found> {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not appear.`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

export const words = (text: string): Promise<true> =>
  appeared(`“${text}”`, () => (document.body.textContent?.includes(text) ? true : null));

const nameOf = (element: Element) =>
  (element.getAttribute("aria-label") ?? element.textContent ?? "").trim();

/** Presses the first button or link with this name. */
export async function press(name: string): Promise<void> {
  const element = await appeared(`“${name}”`, () =>
    [...document.querySelectorAll<HTMLElement>("button, a, [role=menuitem]")].find(
      (candidate) => nameOf(candidate) === name,
    ),
  );
  element.click();
}

/** Scrolls down to the end, where long pages have their last words. */
export async function scrollToEnd(): Promise<void> {
  window.scrollTo(0, document.documentElement.scrollHeight);
}

/** Types into the field with this label, as far as React can tell. */
export async function fill(label: string, text: string): Promise<void> {
  const field = await appeared(`“${label}”`, () =>
    [...document.querySelectorAll("label")].find((candidate) => nameOf(candidate) === label),
  );
  const input = field.control;
  if (!(input instanceof HTMLInputElement)) throw new Error(`“${label}” labels nothing.`);
  // React watches the property of the element itself.
  const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value") ?? {};
  set?.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
