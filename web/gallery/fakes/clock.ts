/** When everything in the gallery happens: shortly after noon, so that a date is the same in most time zones. */
export const now = new Date("2026-11-22T12:05:00Z");

/** Stops the clock, so that a countdown and a date look the same every time. Timers go on. */
export function stopClock(): void {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(moment: number | string | Date = now.getTime()) {
      super(moment);
    }

    static override now(): number {
      return now.getTime();
    }
  } as DateConstructor;
}
