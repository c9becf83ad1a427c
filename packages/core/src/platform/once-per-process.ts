import { RuntapeError } from '../errors.ts'

/** What is made at most once for each name in a process. */
export interface OncePerProcess<Value, Options> {
  /** Of the public function, such as `getRecorder`: for errors, and apart from what others keep. */
  readonly maker: string
  readonly make: (options: Options) => Value
  /** Whether a kept value is no longer of use. Default: it always is. */
  readonly isOver?: (value: Value) => boolean
}

/**
 * The value of this process with this name, also if another copy of the calling package made it.
 *
 * @param options called only to make the value
 * @throws {RuntapeError} `invalid-option` for an empty name, or options that are no function. What `options` or `make` throw is
 *   thrown, and the next call tries again.
 */
export function oncePerProcess<Value, Options>(
  { maker, make, isOver = () => false }: OncePerProcess<Value, Options>,
  name: string,
  options: () => Options,
): Value {
  refuse(maker, name, options)
  const slot = Symbol.for(`runtape.once.${maker}.1`)
  const globals = globalThis as { [slot]?: Map<string, Value> }
  globals[slot] ??= new Map()
  const values = globals[slot]
  const kept = values.get(name)
  if (kept !== undefined && !isOver(kept)) return kept
  const made = make(options())
  values.set(name, made)
  return made
}

function refuse(maker: string, name: unknown, options: unknown): void {
  const usage = `${maker}('app', () => ({ … }))`
  if (typeof name !== 'string' || name === '')
    throw new RuntapeError('invalid-option', `${maker} needs a name: ${usage}.`)
  if (typeof options !== 'function')
    throw new RuntapeError(
      'invalid-option',
      `${maker} needs a function that returns the options, so that only the first call opens anything: ${usage}.`,
    )
}
