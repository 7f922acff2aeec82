import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { retryableLazy } from "./retryableLazy";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.useRealTimers();
});

const Nothing = () => null;

it("is fetched again until it loads", async () => {
  const load = vi
    .fn()
    .mockRejectedValueOnce(new Error("offline"))
    .mockRejectedValueOnce(new Error("offline"))
    .mockResolvedValue(Nothing);
  const wanted = retryableLazy(load);
  wanted.fetch();
  await vi.advanceTimersByTimeAsync(0);
  expect(wanted.current()).toEqual({ failures: 1 });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(wanted.current()).toEqual({ Component: Nothing, failures: 0 });
  expect(load).toHaveBeenCalledTimes(3);
});

it("is fetched once for any number of callers", async () => {
  const load = vi.fn().mockResolvedValue(Nothing);
  const wanted = retryableLazy(load);
  wanted.fetch();
  wanted.fetch();
  await vi.advanceTimersByTimeAsync(0);
  wanted.fetch();
  expect(load).toHaveBeenCalledTimes(1);
});
