import { beforeEach, describe, expect, it, vi } from "vitest";
import { loadDevices, saveDevice } from "./devices";

beforeEach(() => {
  const items = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  });
});

describe("the devices of a browser", () => {
  it("belong to one store", () => {
    saveDevice("pawsome", "a");
    expect(loadDevices("pawsome")).toEqual(["a"]);
    expect(loadDevices("frogs-only")).toEqual([]);
  });

  it("are the three newest", () => {
    for (const device of ["a", "b", "c", "d"]) saveDevice("pawsome", device);
    expect(loadDevices("pawsome")).toEqual(["d", "c", "b"]);
  });

  it.each(["no JSON", "{}", "[7]", "null"])("are none if %s is stored", (stored) => {
    localStorage.setItem("menagerie.devices.pawsome", stored);
    expect(loadDevices("pawsome")).toEqual([]);
  });

  it("are none without storage", () => {
    vi.stubGlobal("localStorage", undefined);
    saveDevice("pawsome", "a");
    expect(loadDevices("pawsome")).toEqual([]);
  });
});
