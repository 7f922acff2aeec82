import { useSyncExternalStore } from "react";
import { isConnectionLost, onConnectionChange } from "./connection";

export const useConnectionLost = (): boolean =>
  useSyncExternalStore(onConnectionChange, isConnectionLost, isConnectionLost);
