import type { Logger, RunContext, RunEvent } from '@runtape/core'
import { messageOf, warnSafely } from '@runtape/core/internal'

/**
 * The kept part of a context, copied now: kind, key, whether it is anonymous, and the attributes in `keep`, with the information
 * which are private. The same for each part of a context of several kinds.
 */
export function keptContext(
  context: RunContext | undefined,
  keep: readonly string[],
  logger: Logger,
): RunContext | undefined {
  if (context === undefined) return undefined
  try {
    const { kind, key } = context
    if (isText(kind) && isText(key)) return { ...keptParts(context, keep, logger), kind, key }
    warnSafely(
      logger,
      'The context has no kind or no key (two non-empty strings); it is omitted from events.',
    )
  } catch (error) {
    warnSafely(logger, `The context cannot be read: ${messageOf(error)}; it is omitted from events.`)
  }
  return undefined
}

/** A copy of the attributes that every event carries. */
export function keptFacts(attributes: RunEvent['attributes'], logger: Logger): RunEvent['attributes'] {
  if (attributes === undefined) return undefined
  try {
    const entries = Object.entries(attributes)
    const kept = entries.filter(([name, value]) => isKeepable(name) && isPlain(value))
    for (const [name] of entries.filter(entry => !kept.includes(entry))) warnOf(logger, name)
    return Object.fromEntries(kept)
  } catch (error) {
    warnSafely(logger, `The attributes cannot be read: ${messageOf(error)}; they are omitted from events.`)
    return undefined
  }
}

function keptParts(context: RunContext, keep: readonly string[], logger: Logger): object {
  if (context.kind !== 'multi') return { ...keptAttributes(context, keep, logger), ...standing(context) }
  const parts = Object.entries(context).flatMap(([kind, part]) => {
    if (typeof part !== 'object' || part === null) return []
    const { key } = part as RunContext
    return isText(key) ? [[kind, { ...keptParts({ ...part, kind, key }, keep, logger), key }]] : []
  })
  return Object.fromEntries(parts)
}

// A flag vendor counts anonymous contexts separately, and does not pass on private attributes.
function standing({ anonymous, _meta }: RunContext): object {
  const { privateAttributes } = (_meta ?? {}) as { privateAttributes?: unknown }
  const names = Array.isArray(privateAttributes) ? privateAttributes.filter(isText) : []
  return {
    ...(anonymous === true && { anonymous }),
    ...(names.length > 0 && { _meta: { privateAttributes: names } }),
  }
}

function keptAttributes(context: RunContext, keep: readonly string[], logger: Logger): object {
  const kept: [string, unknown][] = []
  for (const name of keep) {
    if (!Object.hasOwn(context, name)) continue
    const value = isKeepable(name) ? snapshot(context[name]) : undefined
    if (value === undefined) warnOf(logger, name)
    else kept.push([name, value])
  }
  return Object.fromEntries(kept)
}

// A store keeps JSON, and the application may change its objects later.
function snapshot(value: unknown): unknown {
  if (value === null || isPlain(value)) return value
  if (typeof value === 'number') return undefined
  try {
    const json = JSON.stringify(value)
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}

// Readers of the tape would treat it as the prototype of the object.
const isKeepable = (name: string) => name !== '__proto__'

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

function warnOf(logger: Logger, name: string): void {
  warnSafely(logger, `Attribute ${JSON.stringify(name)} cannot be kept; it is omitted from events.`)
}
