export const pause = (milliseconds: number): Promise<void> =>
  new Promise((done) => setTimeout(done, milliseconds));

/** Once anything at all has been on the screen. A tab in the background paints nothing: never wait for this alone. */
export const firstPaint = (): Promise<void> =>
  new Promise((done) => {
    new PerformanceObserver((list, observer) => {
      if (list.getEntriesByName("first-contentful-paint").length === 0) return;
      observer.disconnect();
      done();
    }).observe({ type: "paint", buffered: true });
  });

/** Once what was drawn just now is on the screen: the frame after the next one. Never wait for this alone either. */
export const nextPaint = (): Promise<void> =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
