/** Position of a chunk among all events of its trace, and when it passed. */
export interface ChunkMoment {
  readonly place: number
  /** Milliseconds since the call was started. */
  readonly atMs: number
}

/** Later chunks are not recorded: they can take any position. */
const mostChunks = 10_000

/** Encodes the moments of a stream's chunks as short text: differences between neighbours in base 36. */
export class ChunkOrder {
  #place: number
  #atMs = 0
  #count = 0
  #text = ''

  /** @param place position of the call's start */
  constructor(place: number) {
    this.#place = place
  }

  add(place: number, atMs: number): void {
    if (this.#count++ >= mostChunks) return
    const step = place - this.#place
    const ms = Math.max(0, Math.round(atMs) - this.#atMs)
    // Most chunks arrive in separate turns.
    this.#text += `${step === 2 ? '' : step.toString(36)}:${ms === 0 ? '' : ms.toString(36)} `
    this.#place = place
    this.#atMs += ms
  }

  get text(): string {
    return this.#text
  }
}

/** Decodes `ChunkOrder`; stops at invalid text. */
export function chunkMoments(text: string, startPlace: number): ChunkMoment[] {
  const moments: ChunkMoment[] = []
  let place = startPlace
  let atMs = 0
  for (const one of text.split(' ', mostChunks)) {
    const [step, ms] = one.split(':')
    if (step === undefined || ms === undefined) break
    place += step === '' ? 2 : Number.parseInt(step, 36)
    atMs += ms === '' ? 0 : Number.parseInt(ms, 36)
    if (!(place >= 0 && atMs >= 0)) break
    moments.push({ place, atMs })
  }
  return moments
}
