import { type Payload, RuntapeError } from '@runtape/core'

type Step = string | number

/** The captured value without what is at these paths: `$.token`, `$.items[*].id`, `$.found.*`. */
export function withoutPaths(payload: Payload, paths: readonly string[]): Payload {
  if (paths.length === 0 || payload.truncated !== undefined) return payload
  const patterns = paths.map(stepsOf)
  const json: unknown = JSON.parse(payload.json)
  for (const pattern of patterns) remove(json, pattern)
  const meta = payload.meta?.filter(([path]) => !patterns.some(pattern => isUnder(path, pattern)))
  return { ...payload, json: JSON.stringify(json), ...(meta && { meta }) }
}

function stepsOf(path: string): Step[] {
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+|\*)\]/g)].map(([, name, index]) =>
    index === undefined || index === '*' ? (name ?? '*') : Number(index),
  )
  const whole = steps.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  if (path.startsWith('$') && steps.length > 0 && whole === path.slice(1).replaceAll('[*]', '.*'))
    return steps
  const known = '$.token, $.items[0].id or $.items[*].id'
  throw new RuntapeError(
    'invalid-option',
    `ignore knows paths such as ${known} (got ${JSON.stringify(path)}).`,
  )
}

function remove(json: unknown, [step, ...rest]: readonly Step[]): void {
  if (typeof json !== 'object' || json === null || step === undefined) return
  const holder = json as Record<Step, unknown>
  for (const key of step === '*' ? Object.keys(holder) : [step]) {
    if (!Object.hasOwn(holder, key)) continue
    if (rest.length > 0) remove(holder[key], rest)
    // In a list the others keep their places.
    else if (Array.isArray(json)) holder[key] = null
    else delete holder[key]
  }
}

const isUnder = (path: readonly Step[], pattern: readonly Step[]): boolean =>
  pattern.every((step, index) => index < path.length && (step === '*' || step === path[index]))
