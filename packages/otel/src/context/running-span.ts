/** A traced call that is running, of any copy of `@runtape/trace`. */
export interface RunningSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parent?: RunningSpan | undefined
  readonly isDropped?: boolean
  readonly isSampled?: boolean
  readonly root?: { readonly drops?: number } | undefined
}

interface Verdict {
  readonly outer: RunningSpan
  readonly isWithin: boolean
}

const verdicts = new WeakMap<RunningSpan, Verdict>()

/** Whether `call` runs inside `outer`. Remembers the last answer, so that each of many nested calls takes one step. */
export function isWithin(call: RunningSpan, outer: RunningSpan): boolean {
  let at = call.parent
  let answer: boolean | undefined
  while (at && answer === undefined) {
    const verdict = verdicts.get(at)
    if (at === outer) answer = true
    else if (verdict?.outer === outer) answer = verdict.isWithin
    at = at.parent
  }
  verdicts.set(call, { outer, isWithin: answer ?? false })
  return answer ?? false
}
