/** A moment as people say it: "2 minutes ago", the exact time on hover. Keeps itself right while it is shown. */
import { useEffect, useState } from 'preact/hooks';

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;
const REFRESH_MS = 20_000;

/** `at` and `now` in milliseconds since the epoch. */
function ago(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  const unit = UNITS.find(([, ms]) => passed >= ms);
  return unit === undefined ? 'just now' : RELATIVE.format(-Math.floor(passed / unit[1]), unit[0]);
}

export function When({ at }: { readonly at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [at]);
  const moment = new Date(at);
  return (
    <time dateTime={at} title={moment.toLocaleString()}>
      {ago(moment.getTime(), now)}
    </time>
  );
}
