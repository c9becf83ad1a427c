import * as schemas from '@runtape/schemas/store'
import type { RouteName } from '@runtape/store-http/wire'
import * as z from 'zod'

/** A JSON schema. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** The schemas of a call, as JSON schemas. */
export interface CallJson {
  readonly input: JsonSchema
  /** Absent if the call returns nothing. */
  readonly result?: JsonSchema
  /** Whether it can also return nothing. */
  readonly isOptional: boolean
}

const calls: Readonly<Record<RouteName, schemas.CallSchemas>> = schemas.storeCalls

/** All calls of the store, and the schemas to which they refer: `components.schemas`. */
export function callSchemas() {
  const all = z.object(
    Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, z.object({ ...call })])),
  )
  const options = { metadata: componentNames(), io: 'input', unrepresentable: 'any', override } as const
  // Names of schemas have no quotes.
  const json = JSON.stringify(z.toJSONSchema(all, options)).replaceAll('"#/$defs/', '"#/components/schemas/')
  const { $defs, properties } = JSON.parse(json) as Converted
  const entries = Object.entries(properties).map(([name, { properties: call }]) => [
    name,
    callJson(name as RouteName, call),
  ])
  return {
    components: $defs,
    calls: Object.fromEntries(entries) as Readonly<Record<RouteName, CallJson>>,
  }
}

interface Converted {
  readonly $defs: Readonly<Record<string, JsonSchema>>
  readonly properties: Readonly<
    Record<string, { readonly properties: Readonly<Record<'input' | 'result', JsonSchema>> }>
  >
}

function callJson(
  name: RouteName,
  { input, result }: Readonly<Record<'input' | 'result', JsonSchema>>,
): CallJson {
  const schema = calls[name].result
  const isNothing = schema instanceof z.ZodUndefined
  return {
    input,
    isOptional: !isNothing && schema.safeParse(undefined).success,
    ...(!isNothing && { result }),
  }
}

/** A schema is named as it is exported: `runRowSchema` is `RunRow`. */
function componentNames() {
  const names = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(schemas))
    if (schema instanceof z.ZodType)
      names.add(schema, { id: `${name.charAt(0).toUpperCase()}${name.slice(1).replace(/Schema$/, '')}` })
  return names
}

const timeText =
  'Milliseconds since 1970, an ISO date or time, or a duration before now: 30m, 24h, 7d. `asOf` also takes a revision.'

/** What zod cannot say in JSON. */
const ofJson = new Map<unknown, JsonSchema>([
  [schemas.pointInTimeSchema, { type: ['number', 'string'], description: timeText }],
  [schemas.runEventSchema.shape.value, { $ref: '#/$defs/MetricValue' }],
  [
    schemas.metricSchema,
    {
      type: 'string',
      pattern: '^(duration|time-to-first-token|tokens|outcome|feedback|(tool-call|score|call):[^]*)$',
    },
  ],
])

function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: unknown
  jsonSchema: Record<string, unknown>
}): void {
  const replaced = ofJson.get(zodSchema)
  if (replaced) {
    for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword]
    Object.assign(jsonSchema, replaced)
  }
  // The bounds of exact numbers are of every integer in JSON.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}
