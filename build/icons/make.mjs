/**
 * Draws the tray icons and writes them as PNG: `node build/icons/make.mjs`. The pictures are committed; this is how to change them.
 * Each standing has its own outline (disc, triangle, diamond, open ring), so that nobody needs to tell green from orange.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

/** Samples per pixel and direction: what makes the edges smooth. */
const SAMPLES = 8;

// Shapes are functions of a point in a square of 16 × 16: how far outside of the shape the point is.
const disc = (cx, cy, r) => (x, y) => Math.hypot(x - cx, y - cy) - r;
const stroke = (ax, ay, bx, by, width) => (x, y) => {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy) - width / 2;
};
/** A convex polygon, corners clockwise, its corners rounded by `r`. */
const polygon = (corners, r) => (x, y) => {
  const inside = corners.every(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0;
  });
  const edge = Math.min(...corners.map(([ax, ay], i) => stroke(ax, ay, ...corners[(i + 1) % corners.length], 0)(x, y)));
  return (inside ? -edge : edge) - r;
};
/** Part of a circle's line, from one angle to another in degrees, clockwise from three o'clock. */
const arc = (cx, cy, r, from, to, width) => {
  const points = Array.from({ length: 49 }, (_, i) => ((from + ((to - from) * i) / 48) * Math.PI) / 180);
  return (x, y) => Math.min(...points.map((a) => Math.hypot(x - cx - r * Math.cos(a), y - cy - r * Math.sin(a)))) - width / 2;
};
const both =
  (...shapes) =>
  (x, y) =>
    Math.min(...shapes.map((shape) => shape(x, y)));
const without = (shape, hole) => (x, y) => Math.max(shape(x, y), -hole(x, y));

const ICONS = {
  ok: { colour: [0x1f, 0x9d, 0x63], shape: without(disc(8, 8, 7.2), both(stroke(4.6, 8.3, 7, 10.7, 1.9), stroke(7, 10.7, 11.5, 5.7, 1.9))) },
  attention: {
    colour: [0xe0, 0x6c, 0x0f],
    shape: without(
      polygon(
        [
          [8, 2.2],
          [14, 13.2],
          [2, 13.2],
        ],
        1.6,
      ),
      both(stroke(8, 5.6, 8, 9.2, 1.9), disc(8, 12, 1.1)),
    ),
  },
  unknown: {
    colour: [0x6f, 0x7b, 0x91],
    shape: without(
      polygon(
        [
          [8, 1.4],
          [14.6, 8],
          [8, 14.6],
          [1.4, 8],
        ],
        1.2,
      ),
      both(arc(8, 6.3, 2, 180, 420, 1.6), stroke(9, 8.03, 8, 9.3, 1.6), disc(8, 11.9, 1)),
    ),
  },
  checking: { colour: [0x4c, 0x7d, 0xd9], shape: both(arc(8, 8, 5.9, -60, 200, 2.2), disc(8, 8, 1.7)) },
};

/** RGBA rows of a picture of `size` × `size`. */
function draw({ shape, colour }, size) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  const step = 16 / size / SAMPLES;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let hits = 0;
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const x = (column * SAMPLES + (i % SAMPLES) + 0.5) * step;
        const y = (row * SAMPLES + Math.floor(i / SAMPLES) + 0.5) * step;
        if (shape(x, y) <= 0) hits++;
      }
      // The first byte of a row names its filter: none.
      rows.set([...colour, Math.round((hits * 255) / SAMPLES ** 2)], row * (size * 4 + 1) + 1 + column * 4);
    }
  }
  return rows;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png(rows, size) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Eight bits a channel, RGBA.
  header.set([8, 6, 0, 0, 0], 8);
  const density = Buffer.alloc(9);
  // Pixels per metre at 72 dpi for each 16 pixels of size: macOS reads the scale of a picture from it.
  const perMetre = Math.round((2835 * size) / 16);
  density.writeUInt32BE(perMetre, 0);
  density.writeUInt32BE(perMetre, 4);
  density[8] = 1;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('pHYs', density),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'tray');
mkdirSync(folder, { recursive: true });
for (const [name, icon] of Object.entries(ICONS)) {
  for (const [suffix, size] of [
    ['', 16],
    ['@2x', 32],
  ]) {
    writeFileSync(path.join(folder, `${name}${suffix}.png`), png(draw(icon, size), size));
    // A template image is black with transparency; macOS colours it.
    writeFileSync(path.join(folder, `${name}Template${suffix}.png`), png(draw({ ...icon, colour: [0, 0, 0] }, size), size));
  }
}
