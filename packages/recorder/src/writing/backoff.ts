// Captured on import: deterministic calls replace `Math.random`.
const realRandom = Math.random

/** Delay before an attempt in milliseconds: doubles, is capped, and has jitter so that clients spread out. */
export function backoffMs(failures: number, baseMs: number, maxMs: number, random = realRandom): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30))
  return ceiling / 2 + (random() * ceiling) / 2
}
