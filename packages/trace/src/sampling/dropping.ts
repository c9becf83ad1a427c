import type { ActiveSpan } from '@runtape/core/internal'

/** What spans tell each other about being dropped; also a span of another copy of this package. */
export interface Droppable extends ActiveSpan {
  isDropped: boolean
  /** How many drops of its trace had been looked at when it was last known not to be dropped. */
  dropsSeen: number
  readonly parent: ActiveSpan | undefined
  /** The topmost one of its trace in this process, which counts the drops in it. */
  readonly root: Droppable
  drops: number
  /** Its record is with the sink. */
  isKept?: boolean
  /** Of the root: see `newDropSalt`. */
  dropSalt?: string | undefined
}

/** What a span knows of drops, once there was one in its trace: most have none. */
export class DropState {
  isDropped = false
  dropsSeen = 0
  drops = 0
  dropSalt: string | undefined
}

/** Whether the span, or one around it, was dropped. Iterative, and no way up is gone twice for one drop. */
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
