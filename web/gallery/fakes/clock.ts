/** The gallery's time: shortly after noon, so that dates are the same in most time zones. */
export const now = new Date("2026-11-22T12:05:00Z");

/** Stops the clock, so that countdowns and dates always look the same. Timers still run. */
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
