/** A verdict as a shape: disc, triangle, diamond, dash. The same outlines as the tray's icons, so that colour is never alone. */
import type { JSX } from 'preact';
import type { Verdict } from '../../src/model/reading.ts';
import type { Standing } from '../../src/model/standing.ts';

/** `advice`: a failure that does not count. */
type Shape = Verdict | Standing | 'advice';

interface Props {
  readonly shape: Shape;
  /** In CSS pixels; 20 where left out. */
  readonly size?: number;
}

/** Decoration: the word beside it is what screen readers say. */
export function Glyph({ shape, size = 20 }: Props) {
  return (
    <svg class={`glyph ${shape}`} width={size} height={size} viewBox="0 0 20 20" fill="none" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {OUTLINES[shape]()}
    </svg>
  );
}

const disc = () => (
  <>
    <circle cx="10" cy="10" r="9" fill="currentColor" />
    <path d="M6 10.4 8.8 13.2 14.1 7.2" stroke="var(--surface)" stroke-width="2" />
  </>
);
const triangle = () => (
  <>
    <path d="M10 2.6 18 16.6H2Z" fill="currentColor" stroke="currentColor" stroke-width="2.6" />
    <path d="M10 7.2V11.4" stroke="var(--surface)" stroke-width="2" />
    <circle cx="10" cy="14.7" r="1.2" fill="var(--surface)" />
  </>
);
const hollowTriangle = () => (
  <>
    <path d="M10 2.6 18 16.6H2Z" stroke="currentColor" stroke-width="1.7" />
    <path d="M10 7.6V11.2" stroke="currentColor" stroke-width="1.8" />
    <circle cx="10" cy="13.9" r="1.05" fill="currentColor" />
  </>
);
const diamond = () => (
  <>
    <path d="M10 1.8 18.2 10 10 18.2 1.8 10Z" fill="currentColor" stroke="currentColor" stroke-width="2" />
    <path d="M7.9 7.9A2.2 2.2 0 1 1 11 9.9Q10 10.4 10 11.5" stroke="var(--surface)" stroke-width="1.8" />
    <circle cx="10" cy="14.5" r="1.1" fill="var(--surface)" />
  </>
);
const dash = () => (
  <>
    <circle cx="10" cy="10" r="8" stroke="currentColor" stroke-width="1.6" />
    <path d="M6.8 10H13.2" stroke="currentColor" stroke-width="1.8" />
  </>
);
const openRing = () => (
  <>
    <path d="M13.5 3.9A7 7 0 1 1 6.5 3.9" stroke="currentColor" stroke-width="2.6" />
    <circle cx="10" cy="10" r="2.1" fill="currentColor" />
  </>
);

const OUTLINES: Readonly<Record<Shape, () => JSX.Element>> = {
  ok: disc,
  pass: disc,
  attention: triangle,
  fail: triangle,
  advice: hollowTriangle,
  unknown: diamond,
  'not-applicable': dash,
  checking: openRing,
};
