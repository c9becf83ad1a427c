import { cover } from './cover.ts'
import type { IterationEnd, IterationObserver } from './tap-iteration.ts'
import type { NodeStreamObserver } from './tap-node-stream.ts'
import { tapStream } from './tap-stream.ts'

type Tells = Pick<IterationObserver, 'end'>

/**
 * `tapStream` for the body of a response, including its clones: from Node 26 on, `clone` bypasses the body's methods. The body
 * has ended when one copy has been read to its end; it is cancelled when all copies are.
 */
export function tapBody(response: Response, body: ReadableStream, observer: NodeStreamObserver): void {
  tapCopies(response, body, observer, firstEnd(observer))
}

function tapCopies(
  response: Response,
  body: ReadableStream,
  observer: NodeStreamObserver,
  ending: Tells,
): void {
  const { clone } = response
  tapStream(body, observer, ending)
  cover(response, 'clone', function (this: Response): Response {
    // It may pull a first chunk immediately.
    const copy = observer.step(() => clone.call(this))
    const both = endOfBoth(ending)
    for (const one of [this, copy]) if (one.body) tapCopies(one, one.body, observer, both)
    return copy
  })
}

function firstEnd(toTell: Tells): Tells {
  let isOver = false
  const end = (how: IterationEnd) => {
    if (!isOver) toTell.end(how)
    isOver = true
  }
  return { end }
}

/** Both copies must be left before it counts as not read to the end. Garbage collection is reported by the body itself. */
function endOfBoth(toTell: Tells): Tells {
  let left = 0
  const end = (how: IterationEnd) => {
    if (how.status === 'ok' || how.status === 'error') toTell.end(how)
    else if (how.status === 'cancelled' && ++left === 2) toTell.end(how)
  }
  return { end }
}
