import {
  CircleAlert,
  DoorClosed,
  Hourglass,
  LockKeyhole,
  type LucideIcon,
  Timer,
  WifiOff,
} from "lucide-react";

const icons: Record<string, LucideIcon> = {
  offline: WifiOff,
  busy: Hourglass,
  throttled: Timer,
  forbidden: LockKeyhole,
  storeClosed: DoorClosed,
};

/** An icon for each kind of fault, so that no two look alike. */
export const faultIcon = (kind: string): LucideIcon => icons[kind] ?? CircleAlert;
