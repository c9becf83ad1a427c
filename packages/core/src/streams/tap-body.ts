import { cover } from './cover.ts'
import type { IterationEnd, IterationObserver } from './tap-iteration.ts'
import type { NodeStreamObserver } from './tap-node-stream.ts'
import { tapStream } from './tap-stream.ts'

type Tells = Pick<IterationObserver, 'end'>

/**
 * `tapStream` for the body of a response, also when the response is cloned: from Node 26 on, that reads the body past its
 * methods. The body has ended as soon as one copy of it has been read to its end; it is cancelled when all are.
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
    // It may ask for a first chunk at once.
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

/** That neither was read to its end is known once both are left. What is collected tells so by the body itself. */
function endOfBoth(toTell: Tells): Tells {
  let left = 0
  const end = (how: IterationEnd) => {
    if (how.status === 'ok' || how.status === 'error') toTell.end(how)
    else if (how.status === 'cancelled' && ++left === 2) toTell.end(how)
  }
  return { end }
}
