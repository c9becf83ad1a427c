import type { Payload } from '@runtape/core'
import type { CallEffects } from '@runtape/core/internal'
import type { CaptureLimits } from '../capture/limits.ts'
import { encodeValue } from '../capture/payload.ts'

// Inputs are captured a second time only for calls that replays answer, up to this size.
const mostBytes = 65_536

/** Arguments that a call may change or return. */
export class WatchedArguments {
  readonly #args: readonly unknown[]
  readonly #self: unknown
  readonly #isMocked: boolean
  #returned: CallEffects['returned']

  constructor(args: readonly unknown[], self: unknown, isMocked: boolean) {
    this.#args = args
    this.#self = self
    this.#isMocked = isMocked
  }

  /** Records whether the call returned one of them. */
  returns(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    const index = this.#args.indexOf(value)
    if (index !== -1) this.#returned = index
    else if (value === this.#self) this.#returned = 'this'
  }

  /** The call's changes to them since `before` was captured. */
  effects(before: Payload, limits: CaptureLimits): CallEffects | undefined {
    const after = this.#isSmall(before, limits) ? encodeValue(this.#args, limits) : undefined
    const isChanged = after !== undefined && !isSameText(before, after)
    if (this.#returned === undefined && !isChanged) return undefined
    return {
      ...(this.#returned !== undefined && { returned: this.#returned }),
      ...(isChanged && { inputAfter: after }),
    }
  }

  #isSmall({ json, truncated }: Payload, { keepsInput }: CaptureLimits): boolean {
    if (!this.#isMocked || truncated !== undefined || keepsInput === false) return false
    return json.length <= mostBytes && this.#args.some(isObject)
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const isSameText = (before: Payload, after: Payload): boolean =>
  before.json === after.json &&
  (before.meta === after.meta || JSON.stringify(before.meta) === JSON.stringify(after.meta))

/** Watches the arguments of a call, if they include an object or a value that it could return. */
export function watchArguments(
  args: readonly unknown[],
  self: unknown,
  isMocked: boolean,
): WatchedArguments | undefined {
  return isObject(self) || args.some(isObject) ? new WatchedArguments(args, self, isMocked) : undefined
}
