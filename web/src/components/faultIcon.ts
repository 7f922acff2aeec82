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

/** A picture for each kind of error, so that no two look alike. */
export const faultIcon = (kind: string): LucideIcon => icons[kind] ?? CircleAlert;
