import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { Trace, TraceOptions } from '@runtape/core/store'
import { deferOutputsFrom } from '../../match/deferred-outputs.ts'
import { recordedArguments } from '../../match/recorded-trace.ts'
import type { AdaptInputs } from '../../options.ts'
import { fetchSource, type ReplaySource } from '../../select/source.ts'
import type { ItemAbort } from '../item-abort.ts'
import type { ItemPlan } from './item-plan.ts'

/** The recorded trace, as the store has it. */
export const loadTrace = (plan: ItemPlan, source: ReplaySource, stop: ItemAbort): Promise<Trace> =>
  stop.within(fetchSource(plan.store, plan.key, source, whenToDefer(plan)))

// Code that may read any output needs all of them immediately.
function whenToDefer({ mock, overrides, adaptInputs, store }: ItemPlan): TraceOptions {
  const looks = [mock, ...Object.values(overrides ?? {})].some(each => typeof each === 'function')
  return adaptInputs || (looks && !store.traces.getSpanSync) ? {} : { deferOutputsFrom }
}

// A copy of the arguments, so that the code does not change those shown in the item.
export function givenArguments({ adaptInputs }: ItemPlan, trace: Trace, stop: ItemAbort) {
  const args = recordedArguments(trace)
  return adaptInputs ? stop.within(adapted(adaptInputs, args, trace)) : args
}

async function adapted(
  adaptInputs: AdaptInputs,
  args: readonly unknown[],
  trace: Trace,
): Promise<readonly unknown[]> {
  let given: unknown
  try {
    given = await adaptInputs(args, trace)
  } catch (cause) {
    throw new RuntapeError('invalid-option', `adaptInputs failed: ${messageOf(cause)}`, { cause })
  }
  if (Array.isArray(given)) return given
  throw new RuntapeError('invalid-option', 'adaptInputs did not return an array of arguments.')
}
