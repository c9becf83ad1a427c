import type { ActiveSpan } from '@runtape/core/internal'

/** Drop state shared between spans, including spans of another copy of this package. */
export interface Droppable extends ActiveSpan {
  isDropped: boolean
  /** The number of drops in its trace when it was last found not to be dropped. */
  dropsSeen: number
  readonly parent: ActiveSpan | undefined
  /** The topmost span of its trace in this process, which counts the drops in it. */
  readonly root: Droppable
  drops: number
  /** The sink has its record. */
  isKept?: boolean
  /** Only on the root: see `newDropSalt`. */
  dropSalt?: string | undefined
}

/** A span's drop state, once its trace had a drop: most have none. */
class DropState {
  isDropped = false
  dropsSeen = 0
  drops = 0
  dropSalt: string | undefined
}

/** What every call keeps of drops. */
export abstract class DroppableCall {
  #drop: DropState | undefined

  get isDropped(): boolean {
    return this.#drop?.isDropped === true
  }

  set isDropped(is: boolean) {
    this.#dropState().isDropped = is
  }

  get drops(): number {
    return this.#drop?.drops ?? 0
  }

  set drops(count: number) {
    this.#dropState().drops = count
  }

  get dropsSeen(): number {
    return this.#drop?.dropsSeen ?? 0
  }

  set dropsSeen(count: number) {
    this.#dropState().dropsSeen = count
  }

  get dropSalt(): string | undefined {
    return this.#drop?.dropSalt
  }

  set dropSalt(salt: string | undefined) {
    this.#dropState().dropSalt = salt
  }

  // A field for each would take more memory of every open call.
  #dropState(): DropState {
    this.#drop ??= new DropState()
    return this.#drop
  }
}

/** Whether the span or one of its ancestors was dropped. Iterative; each path is checked once per drop. */
export function isDropped(span: ActiveSpan): boolean {
  if (!knowsOfDrops(span)) return false
  const { drops } = span.root
  if (drops === 0) return false
  let at: Droppable | undefined = span
  while (at && !at.isDropped && at.dropsSeen !== drops) at = droppableAbove(at)
  const dropped = at?.isDropped ?? false
  for (let below: Droppable | undefined = span; below && below !== at; below = droppableAbove(below)) {
    below.isDropped = dropped
    below.dropsSeen = drops
  }
  return dropped
}

const droppableAbove = ({ parent }: Droppable): Droppable | undefined =>
  parent && knowsOfDrops(parent) ? parent : undefined

const knowsOfDrops = (span: ActiveSpan): span is Droppable => 'dropsSeen' in span
